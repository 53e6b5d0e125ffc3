"""Accounts of people: added by an administrator, opened by a password and a one-time code.

Passwords are kept as argon2id hashes (RFC 9106); codes are TOTP (RFC 6238), each good once.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select

from mobilise.errors import InputError, NotSignedIn
from mobilise.referrals.access.closing import end_subscriptions
from mobilise.referrals.access.grants import allow
from mobilise.referrals.access.sessions import open_session
from mobilise.referrals.actors import Actor
from mobilise.referrals.keeping import keep
from mobilise.referrals.model import Organisation, Post, Session, User, new_id
from mobilise.referrals.words import check_word

if TYPE_CHECKING:
    from mobilise.referrals.store import Store, Work

LEAST_LENGTH = 12
HASHER = PasswordHasher()  # RFC 9106's second choice: 3 passes over 64 MiB
FAILURES = 5
LOCKED = timedelta(minutes=15)
_REFUSED = "the name, the password or the code is wrong, or the account is locked for a while."
_NEEDS_ORGANISATION = {"referrer", "link worker", "provider"}
_DOOR = Actor("door", "operator", why="HSYSADMIN")


def add_user(
    work: Work,
    login: str,
    name: str,
    role: str,
    organisation_id: str | None = None,
    *,
    password: str | None = None,
    one_time_code: bool = True,
) -> tuple[User, str | None]:
    """Add an account.

    Parameters
    ----------
    work
        The transaction of an administrator.
    login
        An e-mail address: what the person signs in with, here or at the organisation's provider.
    name
        What others see.
    role
        A word of words.toml.
    organisation_id
        For whom they act; needed for referrers, link workers and providers.
    password
        At least twelve characters; null for who signs in elsewhere (OpenID Connect).
    one_time_code
        Whether a code is asked for after the password.

    Returns
    -------
    tuple of User, str or None
        The account, and the secret for its authenticator app: shown this once.
    """
    allow(work.actor, "PractitionerRole", "c")
    check_word("roles", role)
    known = organisation_id and work.session.get(Organisation, organisation_id)
    if role in _NEEDS_ORGANISATION and not known:
        raise InputError(f"a {role} acts for an organisation: name one that there is.")
    if work.session.scalar(select(User.id).where(User.login == login.strip().casefold())):
        raise InputError("there is an account of this name already.")
    user = User(
        id=new_id(),
        login=login.strip().casefold(),
        name=name,
        role=role,
        organisation_id=organisation_id,
        password=None if password is None else hash_password(password),
        totp_secret=pyotp.random_base32() if password is not None and one_time_code else None,
        created=work.now,
    )
    work.session.add(user)
    work.session.flush()
    keep(
        work,
        Post(user_id=user.id, organisation_id=organisation_id, name=name, role=role, active=True),
    )
    return user, user.totp_secret


def close_user(work: Work, login: str) -> None:
    """Close an account, and every session of it, at once."""
    allow(work.actor, "PractitionerRole", "u")
    user = work.session.scalar(select(User).where(User.login == login.strip().casefold()))
    if user is None:
        raise InputError("there is no account of this name.")
    user.active = False
    end_subscriptions(work, f"user/{user.id}")
    for session in work.session.scalars(select(Session).where(Session.user_id == user.id)):
        work.session.delete(session)
    post = work.session.scalar(select(Post).where(Post.user_id == user.id))
    if post is not None:
        post.active = False
        keep(work, post)


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password that is long enough."""
    if len(password) < LEAST_LENGTH:
        raise InputError(f"a password has at least {LEAST_LENGTH} characters.")
    return HASHER.hash(password)


def sign_in(store: Store, login: str, password: str, code: str = "") -> str:
    """Open a session.

    Parameters
    ----------
    store
        The personal plane.
    login, password, code
        What the person typed; the code is looked at where the account asks for one.

    Returns
    -------
    str
        The session's token: to be kept in a cookie and nowhere else.

    Raises
    ------
    NotSignedIn
        Always with the same sentence, whichever part was wrong.
    """
    with store.work(_DOOR) as work:
        user = work.session.scalar(
            select(User).where(User.login == login.strip().casefold()).with_for_update()
        )
        token = _try(work, user, password, code)
        outcome = "success" if token else "refused"
        work.note("sign in", "User", user.id if user else None, outcome=outcome)
    if token is None:
        raise NotSignedIn(_REFUSED)
    return token


def _try(work: Work, user: User | None, password: str, code: str) -> str | None:
    right = _verify(user.password if user else None, password)
    if user is None or not user.active:
        return None
    if user.locked_until is not None and user.locked_until > work.now:
        return None
    if not (right and _code_right(user, code)):
        user.failures += 1
        if user.failures >= FAILURES:
            user.failures, user.locked_until = 0, work.now + LOCKED
        return None
    user.failures, user.locked_until = 0, None
    return open_session(work, user_id=user.id)


def _verify(kept: str | None, password: str) -> bool:
    """Compare in the same time whether or not there is such an account."""
    try:
        return HASHER.verify(kept or _NOBODY, password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


_NOBODY = HASHER.hash("nobody has this password")


def _code_right(user: User, code: str) -> bool:
    """Return whether the code is right now (or was half a minute ago) and was not used before."""
    if user.totp_secret is None:
        return True
    totp, now = pyotp.TOTP(user.totp_secret), int(time.time()) // 30
    for step in (now, now - 1, now + 1):
        if step > user.totp_used and pyotp.utils.strings_equal(code, totp.at(step * 30)):
            user.totp_used = step
            return True
    return False
