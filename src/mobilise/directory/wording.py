"""The words of services, and how they are found: FTS5 on SQLite, ``tsvector`` on PostgreSQL.

Both stem English words, so that "walks" finds "walking". All words asked for must be there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mobilise.directory import schema

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORD = re.compile(r"[^\W_]+")
_MOST_WORDS = 12
# Words that PostgreSQL's English dictionary leaves out and that people write in a search.
_SMALL = frozenset(
    _WORD.findall(
        "a about an and any are as at be by can do for from get has have how i if in into is it me "
        "my need no not of on or our so some someone that the their them there to up want we what "
        "when where which who will with you your"
    )
)
_FTS = sa.table("service_text", sa.column("rowid"), sa.column("seq"), sa.column("words"))


def make_table(connection: sa.Connection) -> None:
    """Make the table of words."""
    if connection.dialect.name == "postgresql":
        for statement in (
            "create table if not exists service_text (seq integer primary key, words tsvector)",
            "create index if not exists service_text_words on service_text using gin (words)",
        ):
            connection.execute(sa.text(statement))
        return
    connection.execute(
        sa.text(
            "create virtual table if not exists service_text using "
            "fts5(name, words, tokenize = 'porter unicode61 remove_diacritics 2')"
        )
    )


def forget_words(connection: sa.Connection, seqs: Iterable[int]) -> None:
    """Take services' words out."""
    key = "seq" if connection.dialect.name == "postgresql" else "rowid"
    rows = [{"seq": seq} for seq in seqs]
    if rows:
        connection.execute(sa.text(f"delete from service_text where {key} = :seq"), rows)  # noqa: S608


def put_words(connection: sa.Connection, rows: list[dict[str, Any]]) -> None:
    """Put services' words in.

    Parameters
    ----------
    rows
        ``seq``, ``name`` (its words count for more) and ``words``.
    """
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        statement = (
            "insert into service_text (seq, words) values (:seq, "
            "setweight(to_tsvector('english', :name), 'A') || to_tsvector('english', :words))"
        )
    else:
        statement = "insert into service_text (rowid, name, words) values (:seq, :name, :words)"
    connection.execute(sa.text(statement), rows)


def words_of(asked: str) -> list[str]:
    """Return the words that a search looks for, without the small ones.

    Examples
    --------
    >>> words_of("Someone to talk to, about money!")
    ['talk', 'money']
    """
    words = [word.lower() for word in _WORD.findall(asked)]
    return [word for word in dict.fromkeys(words) if word not in _SMALL][:_MOST_WORDS]


def with_words(connection: sa.Connection, words: list[str], column: Any) -> Any:
    """Return the condition that a service, by its `seq`, has all `words`."""
    return column.in_(_matching(connection, words, " "))


def by_relevance(connection: sa.Connection, words: list[str], most: int) -> dict[int, float]:
    """Return how well the best services fit any of the words: 1 fits best, by `seq`."""
    if not words:
        return {}
    if connection.dialect.name == "postgresql":
        query = sa.text(
            "select t.seq, ts_rank(t.words, q) as fit from service_text t, "
            "to_tsquery('english', :words) q where t.words @@ q order by fit desc, t.seq limit :n"
        )
        given = {"words": " | ".join(words), "n": most}
    else:
        query = sa.text(
            "select rowid, -bm25(service_text, 4.0, 1.0) as fit from service_text "
            "where service_text match :words order by fit desc, rowid limit :n"
        )
        given = {"words": " OR ".join(f'"{word}"' for word in words), "n": most}
    found = [(int(seq), float(fit)) for seq, fit in connection.execute(query, given)]
    best = max((fit for _, fit in found), default=0.0)
    return {seq: fit / best if best > 0 else 1.0 for seq, fit in found}


def _matching(connection: sa.Connection, words: list[str], between: str) -> Any:
    if not words:
        return sa.select(schema.services.c.seq).where(sa.false())
    if connection.dialect.name == "postgresql":
        asked = sa.func.plainto_tsquery("english", " ".join(words))
        return sa.select(_FTS.c.seq).where(_FTS.c.words.op("@@")(asked))
    text = between.join(f'"{word}"' for word in words)
    return sa.select(_FTS.c.rowid).where(
        sa.text("service_text match :words").bindparams(words=text)
    )
