"""Rows asked for and written one statement at a time, for what every referral does.

SQLAlchemy's unit of work costs more than the database itself where a transaction writes few rows.
A statement made once is also compiled once; only its values change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, bindparam, insert, select
from sqlalchemy.orm import make_transient_to_detached

from mobilise.referrals.model import Organisation

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Executable
    from sqlalchemy.orm import Session

    from mobilise.referrals.model import Base


def asked(session: Session, statement: Executable, **values: Any) -> Any:
    """Return the first value of the first row, or null; what waits to be written is written first.

    Parameters
    ----------
    session
        The transaction.
    statement
        A statement that was made once, with bound parameters.
    **values
        Of its parameters.
    """
    session.flush()
    return session.connection().execute(statement, values).scalar()


def is_organisation(session: Session, identity: str) -> bool:
    """Return whether there is an organisation of this id."""
    return asked(session, _ORGANISATION, identity=identity) is not None


def insert_row(session: Session, record: Base) -> None:
    """Write a new record at once; from then on the session minds it as one that it has read."""
    table = table_of(type(record))
    values = {column.key: _value(record, column) for column in table.columns}
    for name, value in values.items():
        if name not in record.__dict__:
            setattr(record, name, value)
    session.flush()
    session.connection().execute(insert(table), values)
    make_transient_to_detached(record)
    session.add(record)


def table_of(model: type[Base]) -> Table:
    """Return the table of a model."""
    return model.metadata.tables[model.__tablename__]


def _value(record: Base, column: Any) -> Any:
    """Return what a column is to hold: what the record says, else the column's default."""
    found = record.__dict__.get(column.key)
    if found is not None or column.default is None:
        return found
    default: Callable[[Any], Any] | Any = column.default.arg
    return default(None) if column.default.is_callable else default


_ORGANISATION = select(table_of(Organisation).c.id).where(
    table_of(Organisation).c.id == bindparam("identity")
)
