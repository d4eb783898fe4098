"""Errors as RFC 9457 problems: what is wrong, where in the request, never how we are built."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from probes.base import safe_text
from uptime.store.errors import StorageError, StoreBroken

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


class Refused(HTTPException):
    """A request that gets a problem for an answer; `path` points at the part that is wrong."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        path: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail, headers)
        self.path = path


def problem(
    status: int,
    detail: str | None,
    *,
    path: str | None = None,
    request_id: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": None if detail is None else safe_text(detail, 500),
        "path": path,
        "request_id": request_id,
    }
    return Response(orjson.dumps(body), status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(StoreBroken, _broken)
    app.add_exception_handler(StorageError, _broken)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = error.detail if error.detail != HTTPStatus(error.status_code).phrase else None
    return problem(
        error.status_code,
        detail,
        path=getattr(error, "path", None),
        request_id=_id(request),
        headers=error.headers,
    )


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first: Mapping[str, Any] = next(iter(error.errors()), {"loc": (), "msg": "invalid"})
    where, path = _place(first["loc"])
    message = str(first["msg"])
    if first.get("type") == "json_invalid":
        where, path, message = "body", "", f"not JSON: {first.get('ctx', {}).get('error', '')}"
    return problem(422, f"{where}: {message}", path=path, request_id=_id(request))


async def _broken(request: Request, error: Exception) -> Response:
    log.warning("request %s: the store cannot answer: %s", _id(request), error)
    return problem(
        503,
        "the store cannot answer; what the board shows is still true",
        request_id=_id(request),
        headers={"Retry-After": "5"},
    )


def _place(loc: Sequence[str | int]) -> tuple[str, str]:
    """In words, and as a JSON pointer into the body (or the parameter's name)."""
    kind, *rest = loc or ("request",)
    names = [safe_text(str(part), 80) for part in rest]
    if kind == "body":
        pointer = "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)
        return ".".join(["body", *names]), pointer
    return ".".join(names) or str(kind), "/".join(names)


def _id(request: Request) -> str | None:
    number = request.scope.get("state", {}).get("request_id")
    return number if isinstance(number, str) else None
