"""What the wall keeps: the rows that a period is released from, and the log of releases."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from mobilise.referrals.model.base import Base, new_id


class ReleasedPeriod(Base):
    """A period as it stood when it was first released: every release about it counts these rows.

    The rows hold the fields of the wall's list and a number that tells people apart within
    them; nothing leads from that number back to a person.
    """

    __tablename__ = "released_periods"

    period: Mapped[str] = mapped_column(String(40), primary_key=True)
    first_quarter: Mapped[int]
    last_quarter: Mapped[int]
    place: Mapped[str]
    frozen: Mapped[datetime]
    surroundings: Mapped[str] = mapped_column(Text)
    rows: Mapped[str] = mapped_column(Text)


class ReleaseLog(Base):
    """One release: who let what out, when, by which rule, and every figure of it."""

    __tablename__ = "releases"

    id: Mapped[str] = mapped_column(String(64), primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(unique=True)
    period: Mapped[str] = mapped_column(ForeignKey("released_periods.period"), index=True)
    made: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(120))
    tables: Mapped[str]
    rule: Mapped[str]
    kept_back: Mapped[int]
    figures: Mapped[str] = mapped_column(Text)
