"""The daemon's API as the terminal UI sees it, scripted by a test; also a program to look at it.

`python -m tests.tui.fake_api PORT [CHECKS]` serves the regency, with a result now and then.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator
from random import Random
from urllib.parse import parse_qs, unquote, urlsplit

import httpx

from tests.tui import regency
from tui.format import instant
from uptime.schema import Acked, BoardRow, CheckDetail, IncidentRow, Me, NoteRow, ResultRow, Status

Reply = tuple[int, bytes]


class FakeApi:
    """Rows and incidents with versions; `broken` makes every call fail in its way."""

    def __init__(self, rows: list[BoardRow], incidents: list[IncidentRow], now: float) -> None:
        self.now = now
        self.rows = {row.id: row for row in rows}
        self.incidents = {each.id: each for each in incidents}
        self.hidden: dict[str, IncidentRow] = {}  # too old for the list
        self.scopes: list[str] = ["read", "ack"]
        self.language = "id"
        self.monitor = regency.health()
        self.calls: list[tuple[str, str]] = []
        self.keys: list[str | None] = []
        self.broken: Exception | Reply | None = None
        self.gate = asyncio.Event()  # writes wait for it
        self.gate.set()
        self._count = 1
        self.life = "life"
        self._versions = dict.fromkeys(self.rows, 1) | dict.fromkeys(self.incidents, 1)
        self._removed: dict[str, int] = {}
        self._changed = asyncio.Event()
        self._replies: dict[str, bytes] = {}
        self._connections: set[asyncio.Task[None]] = set()

    @classmethod
    def regency(cls, now: float) -> FakeApi:
        return cls(regency.rows(now), regency.incidents(now), now)

    # What a test does to it

    def put(self, *rows: BoardRow) -> None:
        self._touch(*(row.id for row in rows))
        self.rows.update((row.id, row) for row in rows)

    def change(self, check: str, **changes: object) -> None:
        self.put(self.rows[check].model_copy(update=changes))

    def remove(self, check: str) -> None:
        del self.rows[check]
        self._touch()
        self._removed[check] = self._count

    def put_incident(self, incident: IncidentRow) -> None:
        self._touch(incident.id)
        self.incidents[incident.id] = incident

    def fail(self, how: Exception | Reply | None) -> None:
        """From now on every call ends so, the long poll that waits included."""
        self.broken = how
        self._touch()

    def restart(self, rows: list[BoardRow]) -> None:
        """Another life of the daemon: versions begin anew, connections that waited are cut."""
        self.life += "+"
        self.rows = {row.id: row for row in rows}
        self._versions = dict.fromkeys(self.rows, 1) | dict.fromkeys(self.incidents, 1)
        self._removed = {}
        self._count = 0
        self._touch()

    def _touch(self, *ids: str) -> None:
        self._count += 1
        for each in ids:
            self._versions[each] = self._count
        self._changed.set()
        self._changed = asyncio.Event()

    # What a client sees

    async def answer(self, method: str, target: str, key: str | None, body: bytes) -> Reply:
        url = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        parts = [unquote(part) for part in url.path.removeprefix("/api/v1/").split("/")]
        self.calls.append((method, "/".join(parts)))
        if self.broken is None:
            found = await (
                self._write(parts, key, body) if method == "POST" else self._read(parts, query)
            )
            if method == "POST" or self.broken is None:
                return found
        if isinstance(self.broken, Exception):
            raise self.broken
        return self.broken

    async def _read(self, parts: list[str], query: dict[str, str]) -> Reply:
        match parts:
            case ["me"]:
                me = Me.model_validate(
                    {
                        "name": "budi",
                        "scopes": self.scopes,
                        "organisation": "Kabupaten Contoh",
                        "timezone": "Asia/Jakarta",
                        "language": self.language,
                        "version": "0",
                    }
                )
                return _json(me)
            case ["status"]:
                return _json(await self._status(query.get("after"), float(query.get("wait", 0))))
            case ["checks", check] if check in self.rows:
                return _json(self._detail(self.rows[check]))
            case ["checks", check, "results"] if check in self.rows:
                start, end = instant(query["from"]), instant(query["to"])
                assert start is not None
                assert end is not None
                step = float(query.get("step", "30s")[:-1])
                found = regency.points(self.rows[check], start, end, step, self.now)
                return _items([each.model_dump() for each in found])
            case ["incidents"]:
                return _items([each.model_dump() for each in self.incidents.values()])
            case ["incidents", incident] if incident in self.incidents:
                return _json(self.incidents[incident])
            case ["incidents", incident] if incident in self.hidden:
                return _json(self.hidden[incident])
        return _problem(404, "no such thing")

    async def _status(self, after: str | None, wait: float) -> Status:
        since = (
            int(after.partition("-")[2]) if after and after.startswith(f"{self.life}-") else None
        )
        if since is not None and since >= self._count and wait:
            life = self.life
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), wait)
            if life != self.life:  # a daemon that ends takes its connections with it
                raise httpx.RemoteProtocolError("server disconnected")
        least = since or 0
        return Status(
            version=f"{self.life}-{self._count}",
            full=since is None,
            now=regency.text(self.now),
            checks=[row for check, row in self.rows.items() if self._versions[check] > least],
            removed=[check for check, at in self._removed.items() if at > least],
            incidents=[
                each for name, each in self.incidents.items() if self._versions[name] > least
            ],
            monitor=self.monitor,
        )

    def _detail(self, row: BoardRow) -> CheckDetail:
        failing = row.state == "down"
        facts: dict[str, object]
        phases: dict[str, float]
        if row.type == "http":
            phases = {
                "dns": 0.0012,
                "connect": 0.0041,
                "tls": 0.0118,
                "ttfb": 0.0263,
                "body": 0.001,
            }
            facts = {
                "status": 503 if failing else 200,
                "http": "1.1",
                "peer": "10.20.1.4",
                "certificate_days": 41,
            }
        else:
            phases = {} if failing else {"rtt": row.latency_s or 0.001}
            facts = {"sent": 3, "received": 0 if failing else 3, "address": row.target}
        last = None
        if row.last_result is not None:
            last = ResultRow.model_validate(
                {
                    "id": 1,
                    "type": row.type,
                    "target": row.target,
                    "at": row.last_result,
                    "duration_s": 0.05,
                    "status": row.state,
                    "blame": row.blame,
                    "reason": row.reason,
                    "detail": row.detail,
                    "latency_s": row.latency_s,
                    "loss": row.loss,
                    "phases": phases,
                    "facts": facts,
                }
            )
        config: dict[str, object] = {
            "interval_s": 30.0,
            "timeout_s": 10.0,
            "failure_threshold": 3,
            "success_threshold": 2,
            "probe": {"expect": {"status": ["2xx"], "contains": "Kabupaten"}}
            if row.type == "http"
            else {"count": 3},
        }
        return CheckDetail(
            id=row.id,
            row=row,
            config=config,
            last=last,
            spans=regency.spans(row, self.now),
            availability={"24h": 98.765, "7d": 99.871, "30d": 99.934},
        )

    async def _write(self, parts: list[str], key: str | None, body: bytes) -> Reply:
        self.keys.append(key)
        if "ack" not in self.scopes:
            return _problem(403, 'this needs a token with the scope "ack"')
        await self.gate.wait()
        if key in self._replies:
            return 200, self._replies[key]
        said = json.loads(body) if body else {}
        match parts:
            case ["checks", check, "probe"] if check in self.rows:
                last = self._detail(self.rows[check]).last
                assert last is not None
                return self._keep(key, last)
            case ["incidents", name, verb] if name in self.incidents:
                old = self.incidents[name]
                at = regency.text(self.now)
                note = NoteRow(by="budi", at=at, text=said.get("text", ""))
                changes: dict[str, dict[str, object]] = {
                    "ack": {"acked": Acked(by="budi", at=at, until=None)},
                    "unack": {"acked": None},
                    "note": {"notes": [*old.notes, note]},
                    "cause": {"cause": said.get("cause"), "cause_reason": said.get("reason")},
                }
                new = old.model_copy(update=changes[verb])
                self.put_incident(new)
                if new.check in self.rows:
                    overlays = set(self.rows[new.check].overlays) - {"acknowledged"}
                    overlays |= {"acknowledged"} if new.acked else set()
                    self.change(new.check, overlays=sorted(overlays))
                return self._keep(key, new)
        return _problem(404, "no such thing")

    def _keep(self, key: str | None, answer: IncidentRow | ResultRow) -> Reply:
        reply = _json(answer)
        if key is not None:
            self._replies[key] = reply[1]
        return reply

    def transport(self) -> httpx.MockTransport:
        """For a client in the same process."""

        async def handler(request: httpx.Request) -> httpx.Response:
            status, data = await self.answer(
                request.method,
                request.url.raw_path.decode("ascii"),
                request.headers.get("idempotency-key"),
                request.content,
            )
            return httpx.Response(status, content=_stream(data))

        return httpx.MockTransport(handler)

    @contextlib.asynccontextmanager
    async def serve(self, port: int = 0) -> AsyncIterator[int]:
        """Over a socket; yields the port."""
        server = await asyncio.start_server(self._connection, "127.0.0.1", port)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            self.fail((503, b""))
            for task in [*self._connections]:
                await task

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                method, target, _ = head[0].split(" ")
                headers = {
                    name.lower(): value.strip()
                    for name, _, value in (line.partition(":") for line in head[1:] if line)
                }
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                status, data = await self.answer(
                    method, target, headers.get("idempotency-key"), body
                )
                writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (status, len(data)))
                writer.write(data)
                await writer.drain()
        writer.close()


async def _stream(data: bytes) -> AsyncIterator[bytes]:
    yield data


def _json(value: Status | Me | CheckDetail | IncidentRow | ResultRow) -> Reply:
    return 200, value.model_dump_json(by_alias=True).encode()


def _items(values: list[dict[str, object]]) -> Reply:
    return 200, json.dumps({"items": values, "next": None}).encode()


def _problem(status: int, detail: str) -> Reply:
    problem = {"type": "about:blank", "title": "Refused", "status": status, "detail": detail}
    return status, json.dumps(problem).encode()


async def _main(port: int, count: int) -> None:
    api = FakeApi.regency(time.time())
    base = list(api.rows.values())
    for n in range(max(0, count - len(base))):
        fresh = {"id": f"c{n:05}", "name": f"Check {n}", "state": "up", "overlays": []}
        api.put(base[n % len(base)].model_copy(update={**fresh, "group": f"g{n // 200}"}))
    random = Random(3)
    async with api.serve(port):
        while True:
            await asyncio.sleep(1.0)
            api.now = time.time()
            for check in random.choices(list(api.rows), k=max(2, count // 30)):
                if api.rows[check].state == "up":
                    latency = random.uniform(0.001, 0.09)
                    api.change(check, latency_s=latency, last_result=regency.text(api.now))


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0))
