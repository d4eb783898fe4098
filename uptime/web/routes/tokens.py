"""API tokens, over the Unix socket alone: `siaga token` is their one client."""

from __future__ import annotations

from typing import cast

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from probes.base import safe_text
from uptime.core.text import rfc3339
from uptime.schema import NewToken, Scope, TokenBody, TokenRow
from uptime.web import examples, times
from uptime.web.answers import items, json
from uptime.web.auth import new_token, scope
from uptime.web.documented import answers
from uptime.web.guard import Guarded, hub_of, principal, services
from uptime.web.problems import Refused
from uptime.web.services import Token

router = APIRouter(route_class=Guarded, tags=["tokens"])


@router.get(
    "/tokens",
    summary="All tokens, without what they are",
    response_class=Response,
    responses=answers("Names and scopes", examples.TOKEN, of=TokenRow, listed=True),
)
@scope("admin", socket_only=True)
async def tokens(request: Request) -> Response:
    return items([_row(each) for each in await services(request).store.tokens()], None)


@router.post(
    "/tokens",
    summary="A new token, shown this once",
    status_code=201,
    response_class=Response,
    responses=answers("The token", examples.NEW_TOKEN, of=NewToken, status=201),
)
@scope("admin", socket_only=True)
async def create(request: Request, body: TokenBody) -> Response:
    hub = services(request)
    if request.headers.get("idempotency-key") is not None:
        raise Refused(422, "a token is not kept for a second showing", path="Idempotency-Key")
    now = hub.clock.now()
    expires = None if body.expires is None else times.instant(body.expires, "/expires")
    if expires is not None and expires <= now:
        raise Refused(422, "expires lies in the past", path="/expires")
    name = safe_text(body.name, 80)
    if not name:
        raise Refused(422, "there is nothing to read in it", path="/name")
    token, hash_ = new_token()
    scopes = frozenset(body.scopes)
    by = principal(request).name
    number = await hub.store.token_add(name, hash_, scopes, now, expires, by)
    hub_of(request).tokens.forget()
    return json(
        NewToken(
            id=str(number),
            name=name,
            scopes=sorted(scopes),
            created=rfc3339(now) or "",
            expires=rfc3339(expires),
            revoked=None,
            token=token,
        ),
        201,
    )


@router.delete(
    "/tokens/{token}",
    summary="Revoke a token, at once",
    status_code=204,
    response_class=Response,
    responses={"default": answers("", None)["default"], 204: {"description": "Revoked"}},
)
@scope("admin", socket_only=True)
async def revoke(request: Request, token: str) -> Response:
    hub = services(request)
    if not token.isascii() or not token.isdigit() or len(token) > 18:
        raise Refused(404, "no token of this id")
    by = principal(request).name
    if not await hub.store.token_revoke(int(token), hub.clock.now(), by):
        raise Refused(404, "no token of this id")
    hub_of(request).tokens.forget()
    return Response(status_code=204)


def _row(token: Token) -> TokenRow:
    return TokenRow(
        id=str(token.id),
        name=token.name,
        scopes=cast("list[Scope]", sorted(token.scopes)),
        created=rfc3339(token.created) or "",
        expires=rfc3339(token.expires),
        revoked=rfc3339(token.revoked),
    )
