"""Codes that a passage might deserve: by keyword, and by likeness to what was coded before.

A suggestion is never a coding: it is marked as one, with its reason, until a person accepts it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse

from mobilise.errors import InputError
from mobilise.learn.coding.documents import span_id
from mobilise.learn.evidence import new_id
from mobilise.learn.plain import records, several

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mobilise.learn.evidence import Evidence

MACHINE = "suggested by mobilise"
ENOUGH = 0.3  # of the cosine; below it, likeness is chance
KEYWORD = 0.5
FEWEST = 3  # words of a sentence, below which it says too little
_SENTENCE = re.compile(r"[^\s.!?][^.!?\n]*[.!?]*[\"'’”)]*")
_WORD = re.compile(r"[^\W\d_]{3,}")
_SAID_OFTEN = """
the and for that with was were they their them from this have had has not but are our who what
when which she her his him you your all can could would there been being into than then out one
about said says because before after more most some any only also where how its did does done
will just very over other another every
"""
_COMMON = frozenset(_SAID_OFTEN.split())


def suggest_codes(
    evidence: Evidence, documents: Sequence[str] | None = None, *, most: int = 200
) -> pd.DataFrame:
    """Enter suggestions for sentences that nobody has coded yet.

    Parameters
    ----------
    evidence
        Where from and to.
    documents
        In which documents; None: all that have a text.
    most
        How many at most, those with the highest score first.

    Returns
    -------
    DataFrame
        The suggested rows of ``codings``, with their ``text``, best first.

    Notes
    -----
    Likeness is the cosine of TF-IDF vectors of word stems (smoothed idf, Euclidean norm) with
    the nearest extract that a person gave the code. No model is downloaded.
    """
    codings, extracts = evidence.table("codings"), evidence.table("extracts")
    known = codings[(codings["status"] == "accepted") & codings["extract_id"].notna()]
    examples = known.merge(extracts[["extract_id", "text"]], on="extract_id").dropna(subset="text")
    examples = examples.drop_duplicates(["code_id", "text"]).reset_index(drop=True)
    sentences = _uncoded(evidence, documents, extracts)
    found = _by_keyword(evidence, sentences) + _by_likeness(examples, sentences)
    best: dict[tuple[int, str], dict[str, Any]] = {}
    for one in sorted(found, key=lambda s: (-s["score"], s["at"], s["code_id"], s["why"])):
        best.setdefault((one["at"], one["code_id"]), one)
    chosen = list(best.values())[:most]
    refused = set(codings.loc[codings["status"] == "rejected", "coding_id"])
    rows = [_rows(one, sentences[one["at"]]) for one in chosen]
    rows = [(e, c) for e, c in rows if c["coding_id"] not in refused]
    if not rows:
        return pd.DataFrame(columns=[*codings.columns, "text"])
    given = pd.DataFrame([coding for _, coding in rows])
    marked = pd.DataFrame([extract for extract, _ in rows]).drop_duplicates("extract_id")
    evidence.merge({"extracts": marked, "codings": given})
    return given.merge(marked[["extract_id", "text"]], on="extract_id")


def decide(evidence: Evidence, coding_id: str, coder: str, *, accept: bool) -> None:
    """Accept or reject a suggestion: an accepted one becomes the coder's own coding.

    Raises
    ------
    InputError
        There is no such suggestion.
    """
    codings = evidence.table("codings")
    at = codings["coding_id"] == coding_id
    if not at.any() or codings.loc[at, "status"].iloc[0] != "suggested":
        raise InputError(f"There is no open suggestion '{coding_id}'.")
    changed = codings[at].assign(status="accepted" if accept else "rejected", coder_id=coder)
    evidence.merge({"codings": changed})


def _uncoded(
    evidence: Evidence, documents: Sequence[str] | None, extracts: pd.DataFrame
) -> list[tuple[str, int, int, str]]:
    """Return document, start, end and text of the sentences that no extract touches."""
    table = evidence.table("documents").dropna(subset="text")
    if documents is not None:
        table = table[table["document_id"].isin(documents)]
    spans = extracts[extracts["kind"] == "text"].groupby("document_id")
    taken = {key: rows[["start", "end"]].to_numpy(int) for key, rows in spans}
    found = []
    for document_id in table["document_id"]:
        text = evidence.text(document_id)
        marked = taken.get(document_id, np.empty((0, 2), int))
        for match in _SENTENCE.finditer(text):
            start, end = match.span()
            touched = (marked[:, 0] < end) & (marked[:, 1] > start)
            if not touched.any() and len(_words(match[0])) >= FEWEST:
                found.append((document_id, start, end, match[0]))
    return found


def _by_keyword(
    evidence: Evidence, sentences: list[tuple[str, int, int, str]]
) -> list[dict[str, Any]]:
    found = []
    for row in records(evidence.table("codes")):
        words = several(row["keywords"])
        if not words or not row["codable"]:
            continue
        any_of = "|".join(re.escape(word) for word in words)
        pattern = re.compile(rf"\b({any_of})\b", re.IGNORECASE)
        for at, (_, _, _, text) in enumerate(sentences):
            said = sorted({match.lower() for match in pattern.findall(text)})
            if said:
                score = 1 - (1 - KEYWORD) ** len(said)
                why = f"keyword {', '.join(said)}"
                found.append({"at": at, "code_id": row["code_id"], "score": score, "why": why})
    return found


def _by_likeness(
    examples: pd.DataFrame, sentences: list[tuple[str, int, int, str]]
) -> list[dict[str, Any]]:
    if not len(examples) or not sentences:
        return []
    vectors = tf_idf([*examples["text"], *(text for _, _, _, text in sentences)])
    alike = (vectors[len(examples) :] @ vectors[: len(examples)].T).tocoo()
    found = []
    for at, example, score in zip(alike.row, alike.col, alike.data, strict=True):
        if score >= ENOUGH:
            row = examples.iloc[int(example)]
            why = f"like '{_short(row['text'])}' ({score:.2f})"
            one = {"at": int(at), "code_id": row["code_id"], "score": float(score), "why": why}
            found.append(one)
    return found


def tf_idf(texts: Sequence[str]) -> Any:
    """Return TF-IDF vectors of texts, shape (texts, words), of length 1 each.

    Parameters
    ----------
    texts
        Any.
    """
    words = [_words(text) for text in texts]
    vocabulary = {word: at for at, word in enumerate(sorted(set().union(*words)))}
    rows = np.repeat(np.arange(len(texts)), [len(one) for one in words])
    columns = np.array([vocabulary[word] for one in words for word in one], int)
    counts = sparse.csr_matrix(
        (np.ones(len(rows)), (rows, columns)), shape=(len(texts), len(vocabulary))
    )
    in_texts = np.bincount(counts.indices, minlength=len(vocabulary))
    rarity = np.log((1 + len(texts)) / (1 + in_texts)) + 1
    weighted = counts @ sparse.diags(rarity)
    length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    return (sparse.diags(1 / np.maximum(length, 1e-12)) @ weighted).tocsr()


def _words(text: str) -> list[str]:
    return [_stem(w) for w in _WORD.findall(text.lower()) if w not in _COMMON]


def _stem(word: str) -> str:
    """Return a word without its commonest endings: enough to match plurals and tenses."""
    for ending in ("ings", "ing", "ies", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def _rows(
    one: dict[str, Any], sentence: tuple[str, int, int, str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    document, start, end, text = sentence
    extract_id = span_id(document, start, end)
    extract = {
        "extract_id": extract_id,
        "document_id": document,
        "kind": "text",
        "start": start,
        "end": end,
        "text": text,
        "coder_id": MACHINE,
    }
    return extract, {
        "coding_id": new_id("coding", extract_id, one["code_id"], MACHINE),
        "document_id": document,
        "extract_id": extract_id,
        "code_id": one["code_id"],
        "coder_id": MACHINE,
        "status": "suggested",
        "score": round(one["score"], 6),
        "why": one["why"],
    }


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
