"""http: a request, its redirects, and what must hold of the answer."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

from pydantic import Field, field_validator

from probes.base import (
    Fact,
    Options,
    Outcome,
    Probe,
    ProbeFailed,
    Reason,
    Seconds,
    Secret,
    Trace,
    current_trace,
    safe_text,
)
from probes.net import Address, Net
from probes.net.http import Origin, Response, exchange
from probes.net.policy import check_hop
from probes.net.targets import ascii_host, check_host, port_number
from probes.net.tls import Trust
from probes.tls import Floor, check_days, check_version, days_short

_PORTS = {"http": 80, "https": 443}
_REDIRECTS = {301, 302, 303, 307, 308}
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CLASS = re.compile(r"[1-5]xx")
_TITLE = re.compile(rb"<title[^>]*>(.{0,500}?)</title>", re.IGNORECASE | re.DOTALL)
_COMPARISON = re.compile(r"(==|!=|<=|>=|<|>)\s*(.+)", re.DOTALL)


class Auth(Options):
    user: str = Field(description="user name of basic authentication")
    password: Secret = Field(description="its password, by reference")


class Expect(Options):
    status: list[int | str] = Field(
        default=["2xx"], min_length=1, description='status codes or classes such as "2xx"'
    )
    contains: str | None = Field(default=None, description="text the body must contain")
    not_contains: str | None = Field(default=None, description="text it must not contain")
    matches: str | None = Field(default=None, description="RE2 pattern the body must match")
    header: dict[str, str] = Field(
        default={}, description="RE2 patterns that headers must match as a whole"
    )
    json_: dict[str, str | int | float | bool] = Field(
        default={},
        alias="json",
        description='values by path such as "status" or "queue.size", or comparisons such as "< 5"',
    )
    certificate_days: int | None = Field(
        default=None, ge=0, description="days that the certificate must still be valid"
    )
    tls_min: Floor | None = Field(default=None, description="least TLS version")

    @field_validator("status")
    @classmethod
    def _status(cls, value: list[int | str]) -> list[int | str]:
        for one in value:
            fits = 100 <= one <= 599 if isinstance(one, int) else bool(_CLASS.fullmatch(one))
            if not fits:
                raise ValueError(f'{one} is no HTTP status; fix: numbers 100-599 or "2xx"')
        return value

    @field_validator("matches")
    @classmethod
    def _matches(cls, value: str | None) -> str | None:
        if value is not None:
            compile_pattern(value)
        return value

    @field_validator("header")
    @classmethod
    def _header(cls, value: dict[str, str]) -> dict[str, str]:
        for pattern in value.values():
            compile_pattern(pattern)
        return {name.lower(): pattern for name, pattern in value.items()}


class Limits(Options):
    latency: Seconds | None = Field(default=None, description="slower than this is degraded")
    certificate_days: int | None = Field(
        default=None, ge=0, description="fewer days left are degraded"
    )


class HttpProbe(Probe):
    """A web address; 2xx after redirects is good unless `expect` says otherwise."""

    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = Field(
        default="GET", description="request method"
    )
    headers: dict[str, str | Secret] = Field(default={}, description="headers sent")
    body: str | None = Field(default=None, description="text sent as the body")
    auth: Auth | None = Field(default=None, description="basic authentication")
    bearer: Secret | None = Field(default=None, description="bearer token, by reference")
    redirects: int = Field(default=10, ge=0, le=20, description="redirects followed at most")
    verify: bool = Field(default=True, description="whether the certificate must be trusted")
    ca_file: Path | None = Field(default=None, description="PEM file of the authorities trusted")
    server_name: str | None = Field(
        default=None, description="name asked for and checked (SNI), when not the URL's"
    )
    family: Literal["4", "6", "any"] = Field(default="any", description="IP version")
    max_body: int = Field(
        default=1024 * 1024, ge=0, le=64 * 1024 * 1024, description="bytes of body read at most"
    )
    expect: Expect = Field(default=Expect(), description="what must hold, else it is down")
    degraded: Limits = Field(default=Limits(), description="limits of what is still good")

    @classmethod
    def check_target(cls, target: str) -> None:
        split_url(target)

    @field_validator("headers")
    @classmethod
    def _headers(cls, value: dict[str, str | Secret]) -> dict[str, str | Secret]:
        for name, text in value.items():
            if not _TOKEN.fullmatch(name):
                raise ValueError(f'"{safe_text(name, 40)}" is no header name; fix: remove spaces')
            plain = text.reveal() if isinstance(text, Secret) else text
            if any(c in plain for c in "\r\n\0"):
                raise ValueError(f"the value of {name} has a line break; fix: remove it")
        return value

    def prepare(self) -> None:
        if self._first[0].scheme == "https":
            from cryptography import x509  # noqa: F401

    # ---- one run ----

    async def run(self, net: Net, before: Mapping[str, Fact]) -> Outcome:
        trace = current_trace.get() or Trace()
        answer, url, hops = await self._follow(net, trace)
        facts = self._facts(trace, answer, url, hops)
        latency = sum(trace.phases.values())
        self._judge(answer, facts)
        return Outcome(
            facts=facts,
            phases=trace.phases,
            latency=latency,
            degraded=self._degraded(facts, latency),
        )

    async def _follow(self, net: Net, trace: Trace) -> tuple[Response, str, int]:
        """The last answer, its URL, and how many redirects led there."""
        origin, request = self._first
        url, hops, method = self.target, 0, self.method
        address: Address | None = None
        first: Address | None = None
        while True:
            answer = await self._exchange(net, trace, origin, request, method, address)
            first = first or answer.address
            location = answer.headers.get("location")
            if answer.status not in _REDIRECTS or not location or self.redirects == 0:
                return answer, url, hops
            hops += 1
            if hops > self.redirects:
                raise ProbeFailed(Reason.REDIRECT, f"more than {self.redirects} redirects")
            check_days(
                self.expect.certificate_days if origin.scheme == "https" else None, trace.facts
            )
            url = urljoin(url, location)
            following, target = self._hop(url)
            address = await self._allowed(net, following, first)
            if answer.status == 303 or (answer.status in {301, 302} and method == "POST"):
                method = "HEAD" if method == "HEAD" else "GET"
            request = self._bytes(following, target, method, same=following == self._first[0])
            origin = following

    async def _exchange(
        self,
        net: Net,
        trace: Trace,
        origin: Origin,
        request: bytes,
        method: str,
        address: Address | None,
    ) -> Response:
        return await exchange(
            net,
            origin,
            request,
            trust=self._trust,
            family=self.family,
            max_body=self.max_body,
            trace=trace,
            head=method == "HEAD",
            server_name=self.server_name if origin == self._first[0] else None,
            address=address,
        )

    def _hop(self, url: str) -> tuple[Origin, str]:
        try:
            return split_url(url)
        except ValueError as error:
            where = safe_text(url, 120)
            text = f"redirected to {where}: {str(error).partition('; fix')[0]}"
            raise ProbeFailed(Reason.REDIRECT, text) from None

    async def _allowed(self, net: Net, origin: Origin, first: Address) -> Address:
        """The address to connect to: what was checked is what is used, no second lookup.

        Compared with the address the target itself was found at: that one was chosen by us.
        """
        addresses = await net.resolve(origin.host, self.family)
        for address in addresses:
            check_hop(address.host, first.host)
        return addresses[0]

    # ---- requests ----

    @cached_property
    def _trust(self) -> Trust:
        floor = "1.0" if self.expect.tls_min in {"1.0", "1.1"} else "1.2"
        return Trust(self.ca_file, self.verify, floor)

    @cached_property
    def _first(self) -> tuple[Origin, bytes]:
        """Where the first request goes and its bytes, made once."""
        origin, target = split_url(self.target)
        return origin, self._bytes(origin, target, self.method, same=True)

    def _bytes(self, origin: Origin, target: str, method: str, *, same: bool) -> bytes:
        """A request; credentials and custom headers never cross an origin."""
        default = _PORTS[origin.scheme] == origin.port
        host = f"[{origin.host}]" if ":" in origin.host else origin.host
        headers = {
            "host": host if default else f"{host}:{origin.port}",
            "user-agent": "siaga",
            "accept": "*/*",
            "accept-encoding": "gzip, deflate",
            "connection": "close",
        }
        body = b""
        if same:
            if self.auth is not None:
                pair = f"{self.auth.user}:{self.auth.password.reveal()}".encode()
                headers["authorization"] = "Basic " + base64.b64encode(pair).decode()
            if self.bearer is not None:
                headers["authorization"] = f"Bearer {self.bearer.reveal()}"
            for name, value in self.headers.items():
                headers[name.lower()] = value.reveal() if isinstance(value, Secret) else value
            if self.body is not None and method not in {"GET", "HEAD"}:
                body = self.body.encode()
                headers["content-length"] = str(len(body))
        lines = [f"{method} {target} HTTP/1.1", *(f"{n}: {v}" for n, v in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + body

    # ---- facts and verdict ----

    def _facts(self, trace: Trace, answer: Response, url: str, hops: int) -> dict[str, Fact]:
        facts = trace.facts
        facts["status_code"] = answer.status
        facts["http_version"] = answer.version
        facts["redirects"] = hops
        facts["body_bytes"] = answer.received
        length = answer.headers.get("content-length", "")
        if length.isascii() and length.isdigit():
            facts["content_length"] = int(length)
        if hops:
            facts["final_url"] = safe_text(url.partition("?")[0])
        if "last-modified" in answer.headers:
            facts["last_modified"] = safe_text(answer.headers["last-modified"], 60)
        if b"<" in answer.body[:1]:
            title = _TITLE.search(answer.body[:65536])
            if title:
                facts["title"] = safe_text(title[1].decode("utf-8", "replace"), 120)
        return facts

    def _judge(self, answer: Response, facts: Mapping[str, Fact]) -> None:
        expect = self.expect
        if not self._status_fits(answer.status):
            wanted = ", ".join(str(s) for s in expect.status)
            raise ProbeFailed(Reason.STATUS, f"expected status {wanted}, got {answer.status}")
        check_days(expect.certificate_days, facts)
        check_version(expect.tls_min, facts)
        for name, pattern in expect.header.items():
            got = answer.headers.get(name)
            if got is None or not self._pattern(pattern).fullmatch(got):
                shown = "none" if got is None else f'"{safe_text(got, 80)}"'
                raise ProbeFailed(
                    Reason.ASSERTION, f'expected header {name} as "{pattern}", got {shown}'
                )
        self._judge_body(answer)

    def _judge_body(self, answer: Response) -> None:
        expect = self.expect
        wanted = (expect.contains, expect.not_contains, expect.matches, expect.json_ or None)
        if all(each is None for each in wanted):
            if answer.truncated:
                raise ProbeFailed(
                    Reason.TOO_LARGE, f"the body is larger than {self.max_body} bytes"
                )
            return
        body = answer.body
        if expect.contains is not None and expect.contains.encode() not in body:
            self._not_in(answer, f'expected the body to contain "{safe_text(expect.contains, 80)}"')
        if expect.matches is not None and not self._pattern(expect.matches).search(body):
            self._not_in(answer, f'expected the body to match "{safe_text(expect.matches, 80)}"')
        if expect.not_contains is not None and expect.not_contains.encode() in body:
            shown = safe_text(expect.not_contains, 80)
            raise ProbeFailed(Reason.ASSERTION, f'expected the body without "{shown}", got it')
        if answer.truncated:
            raise ProbeFailed(Reason.TOO_LARGE, f"the body is larger than {self.max_body} bytes")
        if expect.json_:
            self._judge_json(body)

    def _not_in(self, answer: Response, text: str) -> None:
        start = safe_text(answer.body[:80].decode("utf-8", "replace"), 60)
        got = f'got "{start}"' if start else "got an empty body"
        more = f" and {answer.received} bytes in all" if answer.received > 80 else ""
        raise ProbeFailed(Reason.ASSERTION, f"{text}, {got}{more}")

    def _judge_json(self, body: bytes) -> None:
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            start = safe_text(body[:60].decode("utf-8", "replace"), 60)
            raise ProbeFailed(Reason.INVALID, f'expected JSON, got "{start}"') from None
        for path, wanted in self.expect.json_.items():
            try:
                got = _at(document, path)
            except LookupError:
                raise ProbeFailed(Reason.INVALID, f"the JSON has nothing at {path}") from None
            if not _fits(got, wanted):
                shown = safe_text(json.dumps(got, ensure_ascii=False), 80)
                raise ProbeFailed(Reason.ASSERTION, f"expected {path} {wanted}, got {shown}")

    def _degraded(self, facts: Mapping[str, Fact], latency: float) -> str | None:
        limits = self.degraded
        if limits.latency is not None and latency > limits.latency:
            return f"expected within {limits.latency:g} s, took {latency:.3f} s"
        return days_short(limits.certificate_days, facts)

    @cached_property
    def _answers(self) -> dict[str | int, Any]:
        """What was decided once: compiled patterns, status codes that fit."""
        return {}

    def _status_fits(self, status: int) -> bool:
        fits: bool | None = self._answers.get(status)
        if fits is None:
            fits = any(
                status == one if isinstance(one, int) else one[0] == str(status)[0]
                for one in self.expect.status
            )
            self._answers[status] = fits
        return fits

    def _pattern(self, pattern: str) -> Any:
        compiled = self._answers.get(pattern)
        if compiled is None:
            compiled = self._answers[pattern] = compile_pattern(pattern)
        return compiled


def compile_pattern(pattern: str) -> Any:
    """An RE2 pattern: linear in the text, however hostile; ValueError for what RE2 lacks."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        text = error.args[0] if error.args else error
        text = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
        look = "(?=" in pattern or "(?!" in pattern or "(?<" in pattern
        fix = "use contains and not_contains" if look else "correct the pattern"
        raise ValueError(f"no pattern of RE2: {safe_text(text, 100)}; fix: {fix}") from None


def split_url(url: str) -> tuple[Origin, str]:
    """Origin and request target; ValueError with the remedy for what http cannot fetch."""
    if any(ord(c) <= 32 or ord(c) == 127 for c in url):
        raise ValueError("has a space or control character; fix: percent-encode it")
    try:
        parts = urlsplit(url)
        port_text = parts.netloc.rpartition("@")[2]
    except ValueError:
        raise ValueError(f'"{safe_text(url, 80)}" is no URL; fix: "https://host/"') from None
    scheme = parts.scheme.lower()
    if not parts.netloc or not scheme:
        if scheme and scheme not in _PORTS and "://" in url:
            raise ValueError(f'scheme "{safe_text(scheme, 20)}" is not allowed for http')
        raise ValueError(
            f'"{safe_text(url, 80)}" has no scheme; fix: "https://{safe_text(url, 60).lstrip("/")}"'
        )
    if scheme not in _PORTS:
        raise ValueError(
            f'scheme "{safe_text(scheme, 20)}" is not allowed for http; fix: http:// or https://'
        )
    if "@" in parts.netloc:
        raise ValueError("credentials in the URL are not allowed; fix: use auth = { … }")
    bracket = port_text.rpartition("]")[2]
    port = port_number(bracket.rpartition(":")[2]) if ":" in bracket else _PORTS[scheme]
    host = parts.hostname or ""
    check_host(host)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    encoded = "".join(
        c if ord(c) < 128 else "".join(f"%{b:02X}" for b in c.encode()) for c in target
    )
    return Origin(scheme, ascii_host(host), port), encoded


def _at(document: Any, path: str) -> Any:
    """`a.b.0.c` in a JSON document; LookupError where there is nothing."""
    for part in path.split("."):
        if isinstance(document, list):
            if not part.isdigit():
                raise LookupError(path)
            document = document[int(part)]
        elif isinstance(document, dict):
            document = document[part]
        else:
            raise LookupError(path)
    return document


def _fits(got: Any, wanted: str | float | bool) -> bool:
    """Equal, or as a comparison says: `"< 5"`, `">= 1"`, `"!= down"`."""
    if not isinstance(wanted, str):
        return (
            type(got) is not bool and got == wanted
            if not isinstance(wanted, bool)
            else got is wanted
        )
    match = _COMPARISON.fullmatch(wanted)
    if match is None:
        return bool(got == wanted)
    operator, text = match.groups()
    if operator in {"==", "!="}:
        same = (
            str(got).lower() == text.strip().lower()
            if isinstance(got, bool)
            else str(got) == text.strip()
        )
        return same is (operator == "==")
    try:
        number, limit = float(got), float(text)
    except (TypeError, ValueError):
        return False
    return {
        "<": number < limit, "<=": number <= limit, ">": number > limit, ">=": number >= limit,
    }[operator]  # fmt: skip
