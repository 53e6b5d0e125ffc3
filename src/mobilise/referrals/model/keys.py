"""What opens doors for a time: sign-ins, tokens, links, and assertions that were used."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from mobilise.referrals.model.base import Base, new_id


class Session(Base):
    """A person's sign-in or a system's token: only the hash of the secret is kept."""

    __tablename__ = "sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"), index=True)
    client_id: Mapped[str | None] = mapped_column(ForeignKey("clients.id"), index=True)
    scopes: Mapped[str | None]
    expires: Mapped[datetime] = mapped_column(index=True)


class UsedAssertion(Base):
    """A signed assertion that a system has shown: it opens the door once."""

    __tablename__ = "used_assertions"

    client_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    jti: Mapped[str] = mapped_column(String(200), primary_key=True)
    expires: Mapped[datetime]


class Link(Base):
    """An e-mailed link by which a small group answers one task, without an account."""

    __tablename__ = "links"

    id: Mapped[str] = mapped_column(String(64), primary_key=True, default=new_id)
    task_id: Mapped[str] = mapped_column(ForeignKey("tasks.id"), index=True)
    email: Mapped[str]
    expires: Mapped[datetime]
    revoked: Mapped[bool] = mapped_column(default=False)
