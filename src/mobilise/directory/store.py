"""The store of a directory: one SQLite file in the place's folder, or a PostgreSQL database."""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mobilise.directory import schema, wording
from mobilise.directory.nearby import straight_walk
from mobilise.errors import InputError, PlaceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mobilise.directory.nearby import Walk

FILE = "directory.sqlite"
ADDRESS = "MOBILISE_DIRECTORY_URL"
_WRITERS_LOCK = 0x6D6F6269  # any number, the same for every writer
_VERSION = "1"
_STATE = "select key, value from meta where key in ('generation', 'changed')"


class Directory:
    """A directory that is open: services, who offers them, where, when and for whom.

    Parameters
    ----------
    engine
        The database.
    name
        The place's name.
    walk
        How long walks take: from a point to others, in minutes; None = it cannot be walked.
    """

    def __init__(self, engine: sa.Engine, name: str, walk: Walk = straight_walk) -> None:
        self.engine = engine
        self.name = name
        self.walk = walk
        self._reader = engine.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Yield a connection to read with."""
        with self._reader.connect() as connection:
            connection.info.pop("state", None)
            yield connection

    @contextmanager
    def changing(self) -> Iterator[sa.Connection]:
        """Yield a connection whose changes all happen, or none; one writer at a time."""
        with self.engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text(f"select pg_advisory_xact_lock({_WRITERS_LOCK})"))
            yield connection
            number = int(get_meta(connection, "generation") or 0) + 1
            set_meta(connection, "generation", str(number))
            set_meta(connection, "changed", moment())

    def close(self) -> None:
        """Close its connections."""
        self.engine.dispose()


def open_directory(
    folder: Path | str, *, url: str | None = None, name: str = "", walk: Walk = straight_walk
) -> Directory:
    """Open the directory of a place; an empty one is made where there is none.

    Parameters
    ----------
    folder
        The place's folder.
    url
        The address of a PostgreSQL database, as SQLAlchemy takes it; by default what
        ``MOBILISE_DIRECTORY_URL`` says, and else the file ``directory.sqlite`` in `folder`.
    name
        The place's name.
    walk
        How long walks take; by default 4.8 km an hour along 1.3 times the straight line.

    Raises
    ------
    PlaceError
        The store cannot be opened.
    InputError
        The address is none.
    """
    address = url or os.environ.get(ADDRESS) or _file_address(Path(folder))
    try:
        engine = _engine(address)
        with engine.begin() as connection:
            _make_tables(connection)
    except sa.exc.ArgumentError as error:
        raise InputError(f"{ADDRESS} is not the address of a database.") from error
    except ImportError as error:
        raise InputError(
            f"PostgreSQL needs its driver: pip install 'mobilise[postgresql]' ({error.name})."
        ) from error
    except sa.exc.DBAPIError as error:
        reason = str(error.orig).strip().split("\n")[0]
        raise PlaceError(f"The directory's store cannot be opened ({reason}).") from error
    return Directory(engine, name or Path(folder).name, walk)


def moment(at: datetime | None = None) -> str:
    """Return a moment, or now, as ISO 8601 in UTC to the second."""
    return (at or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day_of(written: str | None) -> int | None:
    """Return the days from 1970 to a date."""
    return None if written is None else (date.fromisoformat(written) - date(1970, 1, 1)).days


def get_meta(connection: sa.Connection, key: str) -> str | None:
    """Return one fact about the store."""
    found: str | None = connection.scalar(
        sa.select(schema.meta.c.value).where(schema.meta.c.key == key)
    )
    return found


def state_of(connection: sa.Connection) -> tuple[str, str]:
    """Return the number of the directory's state, which every change raises, and its moment.

    It is read once while a connection is lent: one answer is of one state.
    """
    known = connection.info.get("state")
    if known is None:
        found = {row[0]: row[1] for row in connection.exec_driver_sql(_STATE)}
        known = (found.get("generation", "0"), found.get("changed", "1970-01-01T00:00:00Z"))
        connection.info["state"] = known
    return known[0], known[1]


def set_meta(connection: sa.Connection, key: str, value: str) -> None:
    """Set one fact about the store."""
    put(connection, schema.meta, {"key": key, "value": value}, ["key"])


def put(connection: sa.Connection, table: sa.Table, rows: Any, key: list[str]) -> None:
    """Insert rows, or update those whose key is there."""
    rows = rows if isinstance(rows, list) else [rows]
    if not rows:
        return
    insert = _insert(connection)(table)
    changed = {name: insert.excluded[name] for name in rows[0] if name not in key}
    statement = (
        insert.on_conflict_do_update(index_elements=key, set_=changed)
        if changed
        else insert.on_conflict_do_nothing(index_elements=key)
    )
    connection.execute(statement, rows)


def _insert(connection: sa.Connection) -> Any:
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]  # noqa: PLC0415
    return insert


def _file_address(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{folder / FILE}"


def _engine(address: str) -> sa.Engine:
    engine = sa.create_engine(address, pool_size=16, max_overflow=16, pool_pre_ping=False)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _tuned)
        sa.event.listen(engine, "begin", _begin)
    return engine


def _tuned(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say
    for pragma in ("journal_mode=wal", "synchronous=normal", "busy_timeout=20000"):
        connection.execute(f"pragma {pragma}")
    for pragma in ("mmap_size=536870912", "cache_size=-32768", "temp_store=memory"):
        connection.execute(f"pragma {pragma}")


def _begin(connection: sa.Connection) -> None:
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("begin immediate")


def _make_tables(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text(f"select pg_advisory_xact_lock({_WRITERS_LOCK})"))
    schema.TABLES.create_all(connection)
    wording.make_table(connection)
    if get_meta(connection, "version") is None:
        set_meta(connection, "version", _VERSION)
        set_meta(connection, "generation", "1")
        set_meta(connection, "changed", moment())
