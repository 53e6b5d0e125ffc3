"""How systems sign in: SMART's configuration and the token endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from mobilise.errors import InputError, NotSignedIn
from mobilise.referrals.access.grants import GRANTS
from mobilise.referrals.access.systems import ALGORITHMS, token_for

if TYPE_CHECKING:
    from mobilise.referrals.settings import Settings

_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_LARGEST = 64 * 1024


def signing_routes(settings: Settings) -> APIRouter:
    """Return the routes of SMART Backend Services."""
    router = APIRouter()

    @router.get("/.well-known/smart-configuration", operation_id="smart_configuration")
    def smart_configuration() -> dict[str, Any]:
        return {
            "token_endpoint": settings.token_address,
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
            "scopes_supported": sorted(f"system/{type_}.cruds" for type_ in GRANTS),
            "capabilities": ["client-confidential-asymmetric", "permission-v2"],
        }

    @router.post("/auth/token", operation_id="token")
    async def token(request: Request) -> Response:
        who = request.client.host if request.client else "?"
        settings.limiter.knock("token", who)
        body = await request.body()
        return await run_in_threadpool(_token, settings, body[:_LARGEST])

    return router


def _token(settings: Settings, body: bytes) -> Response:
    try:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        granted = token_for(settings.store, form, settings.token_address)
    except NotSignedIn as error:
        return _refused("invalid_client", str(error), 401)
    except (InputError, UnicodeDecodeError) as error:
        told = str(error) if isinstance(error, InputError) else "send a form, in UTF-8."
        code = "invalid_scope" if told.startswith(("scope", "a scope")) else "invalid_request"
        if told.startswith("grant_type"):
            code = "unsupported_grant_type"
        return _refused(code, told, 400)
    return JSONResponse(granted, headers=_NO_STORE)


def _refused(code: str, told: str, status: int) -> Response:
    body = {"error": code, "error_description": told}
    return JSONResponse(body, status, headers=_NO_STORE)
