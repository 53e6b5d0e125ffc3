"""The store of the personal plane: one SQL database, and work done in it as audited wholes."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    OperationalError,
)
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from mobilise.errors import Busy, Conflict, InputError, StoreError
from mobilise.referrals import audit
from mobilise.referrals.keeping import write_pending
from mobilise.referrals.words import Codes, default_codes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Executable, Row

    from mobilise.referrals.actors import Actor
    from mobilise.referrals.receivers import Network

VARIABLE = "MOBILISE_DATABASE_URL"
_BUSY_MILLISECONDS = 30_000
_RETRY_CODES = {"40001", "40P01", "55P03"}  # serialisation failure, deadlock, lock not available


@dataclass
class Work:
    """One transaction: what is done in it is done whole, and audited, or not at all.

    Attributes
    ----------
    session
        The database session.
    actor
        Who does it.
    now
        The moment that everything in it is stamped with.
    store
        The store that it belongs to.
    entries
        What the audit will say, in order.
    told
        Whether there is something to send once this is written.
    versions, values
        Rows of versions and of the index that are written together, before anybody reads them.
    subscribed
        Who wants to be told of what, read once.
    begun
        Records that are written but not yet kept as their first version.
    """

    session: Session
    actor: Actor
    now: datetime
    store: Store
    entries: list[audit.Entry] = field(default_factory=list)
    told: bool = False
    versions: list[dict[str, Any]] = field(default_factory=list)
    values: list[dict[str, Any]] = field(default_factory=list)
    subscribed: list[Any] | None = None
    begun: list[Any] = field(default_factory=list)

    def note(self, action: str, type_: str, id_: str | None = None, **more: Any) -> None:
        """Have the audit say that the actor did this."""
        self.entries.append(audit.Entry(action, type_, id_, **more))


@dataclass
class Store:
    """An open database.

    Attributes
    ----------
    engine
        SQLAlchemy's engine.
    codes
        The clinical codes that referrals are written with.
    clock
        What says the time.
    area_of
        Returns the area of a postcode, or null where it is not known.
    private_receivers
        Networks that are not public, but that notices may be sent to.
    changed
        Set whenever something was written that has to be sent.
    """

    engine: Engine
    codes: Codes = field(default_factory=default_codes)
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    area_of: Callable[[str], str | None] = field(default=lambda _postcode: None)
    private_receivers: tuple[Network, ...] = ()
    changed: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def work(self, actor: Actor) -> Iterator[Work]:
        """Do work as an actor, in one transaction that ends with its audit entries.

        Raises
        ------
        Conflict
            Somebody else changed the same record meanwhile; nothing was written.
        Busy
            The database could not take it now; nothing was written.
        """
        with _database_faults(), Session(self.engine, expire_on_commit=False) as session:
            work = Work(session, actor, _to_milliseconds(self.clock()), self)
            yield work
            session.flush()
            write_pending(work)
            audit.append(session, actor, work.now, work.entries)
            session.commit()
        if work.told:
            self.changed.set()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Read what concerns no person by name (counts, the audit), without a lock."""
        with _database_faults(), Session(self._reader, expire_on_commit=False) as session:
            yield session

    def forget_log(self) -> bool:
        """Empty SQLite's log, which may hold what was erased; return whether that was done."""
        if self.engine.dialect.name != "sqlite":
            return True
        connection = self.engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            row = cursor.fetchone()
            return row is not None and row[0] == 0
        finally:
            connection.close()

    def glance(self, statement: Executable, **values: Any) -> Row[Any] | None:
        """Return the first row of one question, asked by itself, without a lock."""
        with _database_faults(), self._glancer.connect() as connection:
            return connection.execute(statement, values).first()

    @cached_property
    def _reader(self) -> Engine:
        return self.engine.execution_options(mobilise_reading=True)

    @cached_property
    def _glancer(self) -> Engine:
        """The reader, without beginning a transaction for one question where that costs a way."""
        if self.engine.dialect.name == "sqlite":
            return self._reader
        return self.engine.execution_options(isolation_level="AUTOCOMMIT")

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def open_store(
    url: str | None = None,
    *,
    create: bool = True,
    codes: Codes | None = None,
    clock: Callable[[], datetime] | None = None,
) -> Store:
    """Open the personal plane's database, and bring its tables up to date.

    Parameters
    ----------
    url
        "sqlite:///care.db", "postgresql+psycopg://..."; by default what MOBILISE_DATABASE_URL says.
    create
        Make or upgrade the tables; where false, a database that is not up to date is refused.
    codes
        Clinical codes other than those of the NHS in England.
    clock
        What says the time.

    Raises
    ------
    StoreError
        The database cannot be reached, or is not up to date.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = open_store(f"sqlite:///{folder}/care.db")
    ...     store.engine.dialect.name
    ...     store.close()
    'sqlite'
    """
    from mobilise.referrals.migrations import is_current, upgrade  # noqa: PLC0415  (Alembic is slow to load)

    engine = _engine(url or os.environ.get(VARIABLE, ""))
    store = Store(engine)
    if codes is not None:
        store.codes = codes
    if clock is not None:
        store.clock = clock
    with _database_faults():
        if create:
            upgrade(engine)
        elif not is_current(engine):
            engine.dispose()
            raise StoreError(
                f"{engine.url.render_as_string()}: its tables are not up to date; run "
                "`mobilise care upgrade`."
            )
    return store


def _engine(url: str) -> Engine:
    if not url:
        raise InputError(f"no database is named; set {VARIABLE} or give --database.")
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
            raise InputError(f"{parsed.get_backend_name()}: only sqlite and postgresql are kept.")
        if parsed.get_backend_name() == "sqlite" and not parsed.database:
            raise InputError("sqlite: name a file (sqlite:///care.db), not the memory.")
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        engine = create_engine(parsed, hide_parameters=True, pool_size=10, max_overflow=40)
    except (ArgumentError, NoSuchModuleError) as error:
        raise InputError("the database's address cannot be read: sqlite:///care.db?") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _tune_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _tune_sqlite(connection: Any, _record: Any) -> None:
    """Write ahead, sync every commit, keep foreign keys, wait for other writers."""
    connection.isolation_level = None  # transactions begin where we say so
    for pragma in (
        f"busy_timeout={_BUSY_MILLISECONDS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    """Take the write lock at once: a reader that turns writer could not wait its turn."""
    reading = connection.get_execution_options().get("mobilise_reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


@contextmanager
def _database_faults() -> Iterator[None]:
    """Turn the database's refusals into ours; none of them repeats what was to be written."""
    try:
        yield
    except StaleDataError as error:
        raise Conflict("somebody else changed this record meanwhile; read it again.") from error
    except OperationalError as error:
        if _is_retryable(error):
            raise Busy("the database is busy; try again.") from None
        raise StoreError(f"the database cannot be used: {_first_line(error)}") from None
    except IntegrityError:
        raise Conflict("another record holds this already, or one that it names is gone.") from None
    except DataError:
        raise InputError("a text holds a character that cannot be kept, or is too long.") from None
    except DBAPIError as error:
        if _is_retryable(error):
            raise Busy("the database is busy; try again.") from None
        raise StoreError(f"the database refused ({type(error.orig).__name__}).") from None


def _is_retryable(error: DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None)
    return state in _RETRY_CODES or "database is locked" in str(error.orig)


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else "no answer"


def _to_milliseconds(moment: datetime) -> datetime:
    """Return the moment as precisely as FHIR's clients read and send it back."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
