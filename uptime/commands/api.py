"""The daemon over its Unix socket, as the commands speak to it."""

from __future__ import annotations

import time
import tomllib
from argparse import Namespace
from pathlib import Path
from typing import Any

import httpx

from uptime.cli import NO, UNKNOWN, USAGE, Failed, find_config


class NoDaemon(Failed):
    """Nobody answers on the socket."""

    def __init__(self, socket: Path) -> None:
        super().__init__(f"no daemon answers on {socket}; start it with: siaga run", UNKNOWN)


class Problem(Failed):
    """The daemon said no."""


class Api:
    """Synchronous requests to the daemon of one configuration."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self._client = httpx.Client(
            transport=httpx.HTTPTransport(uds=str(socket)),
            base_url="http://siaga/api/v1",
            timeout=70,
            trust_env=False,
        )

    def get(self, path: str, **query: str | int | None) -> Any:
        params = {k: v for k, v in query.items() if v is not None}
        return self._answer("GET", path, params=params)

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return self._answer("POST", path, json=body or {})

    def delete(self, path: str) -> Any:
        return self._answer("DELETE", path)

    def _answer(self, method: str, path: str, **more: Any) -> Any:
        try:
            if not self.socket.is_socket():  # httpcore leaves the socket open that found nobody
                raise NoDaemon(self.socket)
            response = self._client.request(method, path, **more)
        except (
            httpx.ConnectError,
            httpx.ConnectTimeout,
            FileNotFoundError,
            PermissionError,
        ):
            raise NoDaemon(self.socket) from None
        except httpx.HTTPError as error:
            raise Problem(f"the daemon did not answer: {type(error).__name__}", UNKNOWN) from None
        if response.is_success:
            return response.json() if response.content else None
        try:
            problem = response.json()
            text = problem.get("detail") or problem.get("title") or response.reason_phrase
        except ValueError:
            text = response.reason_phrase
        code = USAGE if response.status_code in {400, 404, 409, 422} else NO
        raise Problem(text, code)


def from_now(duration: str | None) -> str | None:
    """The time that long from now, as the API takes it; raises ValueError with the remedy."""
    if duration is None:
        return None
    from probes.base import parse_duration
    from uptime.core.text import rfc3339

    return rfc3339(round((time.time() + parse_duration(duration)) * 1000))


def connect(arguments: Namespace) -> Api:
    """The daemon of this configuration; whether it answers shows at the first request."""
    return Api(socket_of(find_config(arguments.config)))


def socket_of(path: Path) -> Path:
    """Where the daemon of a configuration listens, even if the file has errors by now."""
    from uptime.config import socket_path

    try:
        table = tomllib.loads(path.read_text("utf-8-sig")).get("siaga", {})
    except (OSError, ValueError):
        table = {}
    return socket_path(path, table if isinstance(table, dict) else {})
