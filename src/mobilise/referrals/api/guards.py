"""What stands before an application that holds people's records: no fault tells, no body floods."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST = 4 * 1024 * 1024
_log = logging.getLogger("mobilise.referrals")
_FAULT = PlainTextResponse(
    "A fault of the server; nothing was changed.", 500, {"Cache-Control": "no-store"}
)


class Quiet:
    """Wraps an application: a fault of ours is answered, and its kind and place go into the log.

    Its text does not, since it may repeat what a record says: nothing is raised any further.

    Parameters
    ----------
    app
        The application.
    fault
        What is answered.
    """

    def __init__(self, app: ASGIApp, fault: ASGIApp = _FAULT) -> None:
        self.app, self.fault = app, fault

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, sent)
        except Exception as error:  # noqa: BLE001  (the last one before the server's own log)
            _log.error("a fault: %s at %s", type(error).__name__, _place_of(error))
            if scope["type"] == "http" and not begun:
                await self.fault(scope, receive, send)


class Bounded:
    """Wraps an application: a body that is larger than any needs to be is read no further.

    Parameters
    ----------
    app
        The application; it answers the HTTPException, of status 413.
    largest
        How many bytes a body may have.
    """

    def __init__(self, app: ASGIApp, largest: int = LARGEST) -> None:
        self.app, self.largest = app, largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        had = 0

        async def received() -> Message:
            nonlocal had
            message = await receive()
            had += len(message.get("body", b""))
            if had > self.largest:
                raise HTTPException(413)
            return message

        await self.app(scope, received, send)


def _place_of(error: Exception) -> str:
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return f"{frame.tb_frame.f_code.co_name}:{frame.tb_lineno}" if frame else "?"
