"""http: a request, its redirects, and what must hold of the answer."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, Self

import orjson
from pydantic import Field, field_validator, model_validator

from probes.base import Fact, Options, Outcome, ProbeFailed, Reason, Secret, safe_text
from probes.expect import Comparison, Path, Scalar, pattern, shown, statuses
from probes.net import Net, stock
from probes.net.fetch import Fetch, Request
from probes.net.http import Answer
from probes.net.reach import (
    TlsExpect,
    TlsLimits,
    TlsReach,
    expiring,
    judge_tls,
    leave_trace,
    slow,
    with_partial,
)
from probes.net.tls import Version
from probes.net.url import Url, parse

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_BREAK = re.compile(r"[\r\n\x00]")
_OURS = {"content-length", "transfer-encoding", "connection"}
_CHARSET = re.compile(r'charset="?([A-Za-z0-9_-]{1,20})', re.IGNORECASE)
# Decoders are code that strangers would choose: only those that take a character at a time.
_DECODABLE = re.compile(
    r"iso-8859-\d\d?|latin-?1|windows-125\d|koi8-[ru]|utf-16(le|be)?|utf-32(le|be)?"
    r"|gb2312|gbk|gb18030|big5|shift_jis|euc-(jp|kr)",
    re.IGNORECASE,
)


class Auth(Options):
    """Who is asking: a user with a password, or a bearer token."""

    user: str | None = Field(default=None, description="user of basic authentication")
    password: Secret | None = Field(default=None, description="its password, by reference")
    bearer: Secret | None = Field(default=None, description="bearer token, by reference")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        basic = self.user is not None and self.password is not None
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password belong together; fix: write both")
        if basic == (self.bearer is not None):
            raise ValueError("one of two: user with password, or bearer; fix: keep one")
        if self.user is not None and ":" in self.user:
            raise ValueError("a user of basic authentication has no colon; fix: remove it")
        return self

    def header(self) -> str:
        if self.bearer is not None:
            return f"Bearer {self.bearer.reveal()}"
        assert self.password is not None
        login = f"{self.user}:{self.password.reveal()}"
        return "Basic " + base64.b64encode(login.encode()).decode()


class Expect(TlsExpect):
    """What must hold of the answer, else it is down."""

    status: tuple[int | str, ...] = Field(
        default=("2xx",), min_length=1, description='codes or classes such as "2xx"'
    )
    contains: str | None = Field(default=None, min_length=1, description="text in the body")
    not_contains: str | None = Field(
        default=None, min_length=1, description="text that must not be in the body"
    )
    matches: str | None = Field(
        default=None, min_length=1, description="RE2 pattern found in the body"
    )
    header: Mapping[str, str] = Field(
        default={}, description='values by header; "~ …" is an RE2 pattern'
    )
    json_: Mapping[str, Scalar] = Field(
        default={},
        alias="json",
        description='values by path such as "nodes[0].state"; ">= 3", "!= x", "~ …" compare',
    )

    @field_validator("status")
    @classmethod
    def _statuses(cls, value: tuple[int | str, ...]) -> tuple[int | str, ...]:
        statuses(value)
        return value

    @field_validator("matches")
    @classmethod
    def _matches(cls, value: str | None) -> str | None:
        if value is not None:
            pattern(value)
        return value

    @field_validator("header")
    @classmethod
    def _header(cls, value: Mapping[str, str]) -> Mapping[str, str]:
        for name, wanted in value.items():
            _check_name(name)
            Comparison(wanted)
        return value

    @field_validator("json_")
    @classmethod
    def _json(cls, value: Mapping[str, Scalar]) -> Mapping[str, Scalar]:
        for place, wanted in value.items():
            Path(place)
            Comparison(wanted)
        return value

    @cached_property
    def codes(self) -> frozenset[int]:
        return statuses(self.status)

    @cached_property
    def pattern(self) -> Any:
        return None if self.matches is None else pattern(self.matches)

    @cached_property
    def headers(self) -> list[tuple[str, Comparison]]:
        return [(name, Comparison(wanted)) for name, wanted in self.header.items()]

    @cached_property
    def document(self) -> list[tuple[Path, Comparison]]:
        return [(Path(place), Comparison(wanted)) for place, wanted in self.json_.items()]

    @cached_property
    def reads_body(self) -> bool:
        return bool(self.contains or self.not_contains or self.matches or self.json_)


class HttpProbe(TlsReach):
    """A web address; 2xx after redirects is good unless `expect` says otherwise."""

    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = Field(
        default="GET", description="method of the request"
    )
    headers: Mapping[str, str | Secret] = Field(
        default={}, description="headers sent, to the target's own origin only"
    )
    body: str | None = Field(default=None, description="text sent as the body")
    auth: Auth | None = Field(
        default=None, description="user with password, or bearer; never sent to another origin"
    )
    follow: Annotated[int, Field(ge=0, le=30)] = Field(
        default=10, description="redirects followed at most; 0 judges the redirect itself"
    )
    http2: bool = Field(default=False, description="speak HTTP/2; dearer than HTTP/1.1")
    proxy: str | Secret | None = Field(
        default=None, description="address of an HTTP proxy to go through"
    )
    max_body: int = Field(
        default=1 << 20, ge=0, le=64 << 20, description="bytes of body read at most, decoded"
    )
    expect: Expect = Field(default=Expect(), description="what must hold, else it is down")
    degraded: TlsLimits = Field(default=TlsLimits(), description="limits of what is still good")

    @classmethod
    def check_target(cls, target: str) -> None:
        parse(target)

    @field_validator("proxy")
    @classmethod
    def _proxy(cls, value: str | Secret | None) -> str | Secret | None:
        if value is None:
            return None
        written = _plain(value)
        scheme, separator, rest = written.partition("://")
        if scheme not in ("http", "https") or not separator or not rest:
            raise ValueError('no proxy; fix: write "http://host:port"')
        if "@" in rest and isinstance(value, str):
            raise ValueError('a proxy with credentials is a secret; fix: write "${NAME}"')
        return value

    @field_validator("headers")
    @classmethod
    def _headers(cls, value: Mapping[str, str | Secret]) -> Mapping[str, str | Secret]:
        for name, text in value.items():
            _check_name(name)
            if name.lower() in _OURS:
                raise ValueError(f"{name} is set by the transport; fix: remove it")
            if _BREAK.search(_plain(text)):
                raise ValueError(f"the value of {name} has a line break; fix: remove it")
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.body is not None and self.method in ("GET", "HEAD"):
            raise ValueError(f'{self.method} has no body; fix: write method = "POST"')
        if self.http2 and self.target.lower().startswith("http://"):
            raise ValueError('http2 needs https; fix: write "https://…" or remove http2')
        if self.method == "HEAD" and self.expect.reads_body:
            raise ValueError('HEAD brings no body to expect of; fix: write method = "GET"')
        if self.auth is not None and any(n.lower() == "authorization" for n in self.headers):
            raise ValueError("auth and a header Authorization exclude each other; fix: keep one")
        return self

    @property
    def least_version(self) -> Version | None:
        return self.expect.tls_min

    @property
    def where(self) -> tuple[str, int]:
        return self._url.host, self._url.port

    @cached_property
    def _url(self) -> Url:
        return parse(self.target)

    @cached_property
    def _stock(self) -> stock.Stock | None:
        if not self.http2 and self.proxy is None:
            return None
        return stock.Stock(self.http2, None if self.proxy is None else _plain(self.proxy))

    @cached_property
    def _request(self) -> Request:
        headers = tuple((name, _plain(text)) for name, text in self.headers.items())
        if self.auth is not None:
            headers += (("Authorization", self.auth.header()),)
        return Request(
            url=self._url,
            method=self.method,
            headers=headers,
            body=None if self.body is None else self.body.encode(),
            family=self.family,
            server_name=self.server_name,
            trust=self._trust._replace(stock=self._stock is not None),
            follow=self.follow,
            most=self.max_body,
            keep=self.expect.reads_body,
            stock=self._stock,
            deadline=self.timeout,
        )

    def prepare(self) -> None:
        if self._url.scheme == "https" or self.follow:
            from cryptography import x509  # noqa: F401
        if self._stock is not None:
            stock.prepare()

    async def run(self, net: Net, before: Mapping[str, Fact]) -> Outcome:
        fetch = Fetch(self._request, net)
        try:
            answer = await fetch.run()
        except ProbeFailed as failed:
            raise with_partial(failed, fetch.phases(), fetch.facts()) from None
        except asyncio.CancelledError:
            leave_trace(fetch.phases(), fetch.facts())
            raise
        phases, facts = fetch.phases(), fetch.facts()
        latency = sum(phases.values())
        try:
            self._judge(answer)
            if fetch.sessions or self.expect.tls_min or self.expect.certificate_days is not None:
                judge_tls(self.expect, fetch.sessions, fetch.expires)
        except ProbeFailed as failed:
            raise with_partial(failed, phases, facts, latency) from None
        degraded = expiring(self.degraded.certificate_days, fetch.expires) or slow(
            self.degraded.latency, latency
        )
        return Outcome(facts, phases, latency, None, degraded)

    def _judge(self, answer: Answer) -> None:
        """Raises ProbeFailed for the first thing that does not hold."""
        expect = self.expect
        if answer.status not in expect.codes:
            wanted = ", ".join(map(str, expect.status))
            raise ProbeFailed(Reason.STATUS, f"expected status {wanted}, got {answer.status}")
        for name, comparison in expect.headers:
            self._judge_header(answer, name, comparison)
        if answer.cut:
            text = f"expected a body of at most {self.max_body} bytes (max_body), got more"
            raise ProbeFailed(Reason.TOO_LARGE, text)
        if expect.reads_body:
            self._judge_body(answer)

    def _judge_header(self, answer: Answer, name: str, comparison: Comparison) -> None:
        value = answer.header(name.lower().encode())
        wanted = f'expected header {name} "{comparison.shown}"'
        if value is None:
            raise ProbeFailed(Reason.ASSERTION, f"{wanted}, got none")
        try:
            if comparison.holds(value):
                return
        except TypeError:
            raise ProbeFailed(Reason.INVALID, f"{wanted}, got {shown(value)}") from None
        raise ProbeFailed(Reason.ASSERTION, f"{wanted}, got {shown(value)}")

    def _judge_body(self, answer: Answer) -> None:
        expect = self.expect
        if not answer.readable:
            coding = safe_text(answer.header(b"content-encoding") or "", 40)
            text = f"the body is encoded as {coding}, which was not asked for"
            raise ProbeFailed(Reason.INVALID, text)
        body = _in_utf8(answer)
        if expect.contains is not None and expect.contains.encode() not in body:
            text = f'expected "{safe_text(expect.contains, 80)}" in the body, got {_start(body)}'
            raise ProbeFailed(Reason.ASSERTION, text)
        if expect.not_contains is not None and expect.not_contains.encode() in body:
            text = f'expected no "{safe_text(expect.not_contains, 80)}" in the body, got it'
            raise ProbeFailed(Reason.ASSERTION, text)
        if expect.matches is not None and expect.pattern.search(body) is None:
            text = f"expected a body that matches {safe_text(expect.matches, 80)}"
            raise ProbeFailed(Reason.ASSERTION, f"{text}, got {_start(body)}")
        if expect.document:
            self._judge_json(body)

    def _judge_json(self, body: bytes) -> None:
        try:
            document = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            text = f"expected JSON, got {_start(body)} ({safe_text(error.msg, 80)})"
            raise ProbeFailed(Reason.INVALID, text) from None
        for place, comparison in self.expect.document:
            where = f"expected {safe_text(place.written, 80)} {comparison.shown}"
            try:
                found = place.find(document)
            except LookupError:
                raise ProbeFailed(Reason.INVALID, f"{where}, got no such place") from None
            try:
                holds = comparison.holds(found)
            except TypeError as error:
                raise ProbeFailed(Reason.INVALID, f"{where}, but {error}") from None
            if not holds:
                raise ProbeFailed(Reason.ASSERTION, f"{where}, got {shown(found)}")


def _plain(text: str | Secret) -> str:
    return text.reveal() if isinstance(text, Secret) else text


def _check_name(name: str) -> None:
    if not _TOKEN.fullmatch(name):
        raise ValueError(f'"{safe_text(name, 40)}" is no header name; fix: no spaces or colons')


def _in_utf8(answer: Answer) -> bytes:
    """What is compared with is UTF-8; a page in another character set is brought to it."""
    found = _CHARSET.search(answer.header(b"content-type") or "")
    if found is None or not _DECODABLE.fullmatch(found[1]):
        return answer.body
    try:
        return answer.body.decode(found[1], "replace").encode("utf-8", "replace")
    except LookupError:
        return answer.body


def _start(body: bytes) -> str:
    """The beginning of a body, for `got …`."""
    if not body:
        return "an empty body"
    return f'"{safe_text(body[:200].decode("utf-8", "replace"), 60)}"'
