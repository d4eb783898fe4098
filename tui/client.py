"""The daemon's API as typed calls; the only module that knows HTTP.

Everything that comes in is bounded in time and size, made inert, and validated. What a newer
server says that we do not understand is left out, never guessed at.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import ValidationError
from pydantic_core import from_json

from tui.inert import inert_tree
from uptime.schema import (
    AckBody,
    BoardRow,
    Body,
    CauseBody,
    CheckDetail,
    IncidentRow,
    Me,
    MonitorHealth,
    NoteBody,
    Problem,
    ResultPoint,
    ResultRow,
    SpanRow,
    Status,
    Wire,
)

Model = TypeVar("Model", bound=Wire)

LARGEST = 64 * 1024 * 1024
_DEADLINE_S = 20.0
_PROBE_S = 100.0


class Offline(Exception):
    """No answer to be had; `reason` is refused, timeout, closed, garbage, server or address."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class Unauthorized(Exception):
    """The daemon wants a token, or another one."""


class Refused(Exception):
    """The daemon understood and said no."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail or problem.title)
        self.problem = problem


class TokenError(Exception):
    """The token's file cannot be used; the text says why and what to do."""


def read_token() -> str | None:
    """From SIAGA_TOKEN_FILE, else ~/.config/siaga/token; None if there is no file there."""
    named = os.environ.get("SIAGA_TOKEN_FILE")
    path = Path(named) if named else Path.home() / ".config" / "siaga" / "token"
    try:
        mode = path.stat().st_mode
        if stat.S_IMODE(mode) & 0o077:
            raise TokenError(
                f"{path}: mode {stat.S_IMODE(mode):04o} lets others read the token; "
                f"fix: chmod 0600 {path}"
            )
        token = path.read_text("ascii").strip()
    except FileNotFoundError:
        if named:
            raise TokenError(f"{path}: SIAGA_TOKEN_FILE names a file that is not there") from None
        return None
    except OSError as error:
        raise TokenError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise TokenError(f"{path}: holds no token") from None
    if not token or not token.isprintable() or " " in token:
        raise TokenError(f"{path}: holds no token; make one with: siaga token new")
    return token


class Client:
    """One daemon, over its Unix socket or its address."""

    def __init__(
        self,
        url: str | None = None,
        *,
        socket: Path | None = None,
        token: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        base = (url or "http://siaga").rstrip("/")
        if "://" not in base:
            base = f"http://{base}"
        if transport is None:
            # Loading the machine's authorities takes as long as a first frame.
            secure = base.startswith("https:")
            context = ssl.create_default_context() if secure else _no_tls()
            transport = httpx.AsyncHTTPTransport(
                verify=context, uds=str(socket) if socket and not url else None
            )
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        self.place = base if url else str(socket or base)
        self._http = httpx.AsyncClient(
            transport=transport,
            base_url=f"{base}/api/v1/",
            headers=headers,
            trust_env=False,
            follow_redirects=False,
        )

    async def aclose(self) -> None:
        await self._http.aclose()

    async def status(self, after: str | None = None, wait: int = 0) -> Status:
        """What changed after a version, waiting up to `wait` seconds; everything for None."""
        params = {} if after is None else {"after": after, "wait": str(wait)}
        return _status(await self._call("GET", "status", params=params, deadline=wait + 30.0))

    async def me(self) -> Me:
        return _one(Me, await self._call("GET", "me"))

    async def check(self, check: str) -> CheckDetail:
        return _one(CheckDetail, await self._call("GET", f"checks/{_part(check)}"))

    async def results(
        self, check: str, start: float, end: float, step_s: int | None = None
    ) -> list[ResultPoint]:
        params = {"from": _time(start), "to": _time(end)}
        if step_s is not None:
            params["step"] = f"{step_s}s"
        found = await self._call("GET", f"checks/{_part(check)}/results", params=params)
        return _each(ResultPoint, _items(found))

    async def spans(self, check: str, start: float, end: float) -> list[SpanRow]:
        params = {"from": _time(start), "to": _time(end)}
        found = await self._call("GET", f"checks/{_part(check)}/spans", params=params)
        return _each(SpanRow, _items(found))

    async def incidents(self) -> list[IncidentRow]:
        """The newest hundred."""
        return _each(IncidentRow, _items(await self._call("GET", "incidents")))

    async def incident(self, incident: str) -> IncidentRow:
        return _one(IncidentRow, await self._call("GET", f"incidents/{_part(incident)}"))

    # Writes: `key` is the Idempotency-Key, the same for every repetition of one action.

    async def ack(self, incident: str, key: str) -> IncidentRow:
        return await self._write(incident, "ack", key, AckBody())

    async def unack(self, incident: str, key: str) -> IncidentRow:
        return await self._write(incident, "unack", key, None)

    async def note(self, incident: str, key: str, text: str) -> IncidentRow:
        return await self._write(incident, "note", key, NoteBody(text=text))

    async def cause(
        self, incident: str, key: str, cause: str, reason: str | None = None
    ) -> IncidentRow:
        return await self._write(incident, "cause", key, CauseBody(cause=cause, reason=reason))

    async def probe(self, check: str, key: str) -> ResultRow:
        found = await self._call("POST", f"checks/{_part(check)}/probe", key=key, deadline=_PROBE_S)
        return _one(ResultRow, found)

    async def _write(self, incident: str, verb: str, key: str, body: Body | None) -> IncidentRow:
        path = f"incidents/{_part(incident)}/{verb}"
        return _one(IncidentRow, await self._call("POST", path, key=key, body=body))

    async def _call(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        body: Body | None = None,
        key: str | None = None,
        deadline: float | None = None,
    ) -> object:
        deadline = _DEADLINE_S if deadline is None else deadline
        headers = {} if key is None else {"Idempotency-Key": key}
        content = None
        if body is not None:
            content = body.model_dump_json(exclude_none=True)
            headers["Content-Type"] = "application/json"
        try:
            async with asyncio.timeout(deadline):
                request = self._http.build_request(
                    method, path, params=params, content=content, headers=headers,
                    timeout=httpx.Timeout(deadline, connect=10.0),
                )  # fmt: skip
                response = await self._http.send(request, stream=True)
                try:
                    data = await _bounded(response)
                finally:
                    await response.aclose()
        except (TimeoutError, httpx.TimeoutException):
            raise Offline("timeout") from None
        except httpx.ConnectError as error:
            raise Offline("refused", str(error)) from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
            raise Offline("address", str(error)) from None
        except (httpx.HTTPError, ssl.SSLError, OSError) as error:
            raise Offline("closed", str(error)) from None
        return _judged(response.status_code, data)


def _judged(status: int, data: bytes) -> object:
    if status == 401:
        raise Unauthorized
    if status >= 500:
        raise Offline("server", str(status))
    try:
        value = from_json(data, allow_inf_nan=False)
        if not _plain(data):
            value = inert_tree(value)
    except (ValueError, RecursionError):
        value = None
    if 400 <= status < 500:
        try:
            raise Refused(Problem.model_validate(value))
        except ValidationError:
            raise Refused(Problem(title=f"HTTP {status}", status=status)) from None
    if status >= 300 or value is None:
        raise Offline("garbage", f"HTTP {status}")
    return value


def _plain(data: bytes) -> bool:
    """Whether nothing in it, escaped or not, could do harm: known in one look at the whole."""
    text = data.decode("utf-8", "replace")
    return "\\" not in text and text.isprintable()


async def _bounded(response: httpx.Response) -> bytes:
    if "content-encoding" in response.headers:
        raise Offline("garbage", "encoded, though we asked for plain")
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_raw():
        parts.append(part)
        size += len(part)
        if size > LARGEST:
            raise Offline("garbage", f"over {LARGEST} bytes")
    return b"".join(parts)


def _one(model: type[Model], value: object) -> Model:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise Offline("garbage", f"{model.__name__}: {error.error_count()}") from None


def _items(value: object) -> list[object]:
    if isinstance(value, dict) and isinstance(found := value.get("items"), list):
        return found
    raise Offline("garbage", "no list")


def _each(model: type[Model], values: list[object]) -> list[Model]:
    found: list[Model] = []
    for value in values:
        try:
            found.append(model.model_validate(value))
        except ValidationError:
            continue
    return found


def _status(value: object) -> Status:
    try:
        return Status.model_validate(value)
    except ValidationError:
        return _mended(value)


def _mended(value: object) -> Status:
    """From a server that knows more than we do: what is understood, the rest as unknown."""
    if not isinstance(value, dict) or not isinstance(value.get("version"), str):
        raise Offline("garbage", "no status")
    parts: dict[str, Any] = {**value}
    for name in ("checks", "removed", "incidents"):
        if not isinstance(parts.get(name), list):
            raise Offline("garbage", f"status without {name}")
    parts["checks"] = [row for each in parts["checks"] if (row := _row(each)) is not None]
    parts["removed"] = [each for each in parts["removed"] if isinstance(each, str)]
    parts["incidents"] = _each(IncidentRow, parts["incidents"])
    try:
        parts["monitor"] = MonitorHealth.model_validate(parts.get("monitor"))
    except ValidationError:
        parts["monitor"] = MonitorHealth(
            state="degraded", reasons=["newer"], lag_ms=0, outbox_pending=0, outbox_oldest_s=None,
            store="ok", config_errors=[], on_call=None,
        )  # fmt: skip
    return _one(Status, parts)


def _row(value: object) -> BoardRow | None:
    try:
        return BoardRow.model_validate(value)
    except ValidationError:
        pass
    if not isinstance(value, dict) or not isinstance(value.get("id"), str):
        return None
    text = {k: v for k, v in value.items() if isinstance(v, str)}
    return BoardRow(
        id=text["id"], name=text.get("name", text["id"]), group=text.get("group"),
        type=text.get("type", ""), target=text.get("target", ""), labels={},
        severity=text.get("severity", "medium"), state="unknown", condition="none",
        since=text.get("since"), overlays=[], fresh=False, blame="self", reason="newer",
        detail=text.get("state"), latency_s=None, loss=None, last_result=text.get("last_result"),
        next_run=None, incident=text.get("incident"), objective=None,
    )  # fmt: skip


def _part(text: str) -> str:
    return quote(text, safe="")


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _no_tls() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
