"""What a probe is: options in, one attempt, an outcome or a reason out.

A probe knows a protocol and nothing of checks, thresholds or history. It is a frozen
pydantic model: its fields are its options, so parsing, errors, defaults, the JSON schema
and the README table come from one class. The runner bounds it in time and judges it.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import core_schema

if TYPE_CHECKING:
    from probes.net import Net

type_ = type
Fact = str | int | float | bool | None | list[str]
"""What a probe learnt, under a stable name; JSON by construction."""

Blame = Literal["target", "path", "self"]


class Reason(StrEnum):
    """Why a run was not simply good (design 4.6); prose goes into `detail`."""

    TIMEOUT = "timeout"
    REFUSED = "refused"
    RESET = "reset"
    UNREACHABLE = "unreachable"
    DNS = "dns"
    TLS = "tls"
    CERTIFICATE = "certificate"
    PROTOCOL = "protocol"
    INCOMPLETE = "incomplete"
    TOO_LARGE = "too_large"
    REDIRECT = "redirect"
    STATUS = "status"
    ASSERTION = "assertion"
    INVALID = "invalid"
    AUTH = "auth"
    HOST_KEY = "host_key"
    PERMISSION = "permission"
    POLICY = "policy"
    MISSED = "missed"
    SELF = "self"
    ERROR = "error"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one good run learnt.

    `phases` are seconds by name in the order they happened; `latency` is the one number
    to chart, in seconds; `loss` is a ratio 0..1 where packets are counted. `degraded` says
    in words what was reached but is not as it should be ("expected … got …").
    """

    facts: Mapping[str, Fact] = field(default_factory=dict)
    phases: Mapping[str, float] = field(default_factory=dict)
    latency: float | None = None
    loss: float | None = None
    degraded: str | None = None


class ProbeFailed(Exception):
    """The run did not reach or did not like its target; carries what was learnt until then.

    `blame` other than "target" makes the result unknown: the fault lies on the way
    ("path") or with the monitor ("self"). `partial` is what was known when it failed.
    """

    def __init__(
        self,
        reason: Reason,
        detail: str,
        *,
        blame: Blame = "target",
        partial: Outcome | None = None,
    ) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.blame: Blame = blame
        self.partial = partial if partial is not None else Outcome()


@dataclass(slots=True)
class Trace:
    """What a run under way has learnt so far: what is left of it when its deadline comes.

    A probe fills `phases` and `facts` as it goes; the runner reads them only then.
    """

    phases: dict[str, float] = field(default_factory=dict)
    facts: dict[str, Fact] = field(default_factory=dict)


current_trace: ContextVar[Trace | None] = ContextVar("current_trace", default=None)
"""Set by the runner around each run."""


_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")


def parse_duration(value: object) -> float:
    """Seconds of a text with a unit such as "30s"; raises ValueError that says what to write."""
    if isinstance(value, float) and value >= 0:
        return value  # a default of ours, or a value parsed before
    if isinstance(value, bool) or not isinstance(value, str):
        raise ValueError(f'expected text like "30s", found {describe(value)}')
    match = _DURATION.fullmatch(value.strip())
    if match is None:
        hint = "write a unit" if value.strip().isdigit() else "one number and one unit"
        raise ValueError(f'{hint}: "30s"; units are ms s m h d, found "{safe_text(value, 40)}"')
    return float(match[1]) * _UNITS[match[2]]


def describe(value: object) -> str:
    """A value of TOML in words, for messages: `the number 30`, `the text "yes"`."""
    match value:
        case bool():
            return f"the boolean {str(value).lower()}"
        case int() | float():
            return f"the number {value}"
        case str():
            return f'the text "{safe_text(value, 40)}"'
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return f"a {type_(value).__name__}"


Seconds = Annotated[float, BeforeValidator(parse_duration)]
"""A duration option: text with a unit in TOML, seconds in the program."""


class Secret:
    """A secret given by reference; every way of showing it is masked but `reveal()`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> Any:
        raise TypeError("a secret is not pickled")

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        # The configuration resolves the reference (`${ENV}`, file, credential) before
        # validation, so plain text never reaches this point: it is an error there.
        return core_schema.no_info_plain_validator_function(
            cls._accept, serialization=core_schema.plain_serializer_function_ser_schema(repr)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, Any]:
        return {"type": "string", "format": "secret reference"}

    @classmethod
    def _accept(cls, value: object) -> Self:
        if isinstance(value, cls):
            return value
        raise ValueError('write a reference: "${NAME}" or { file = "…" } or { credential = "…" }')


class Options(BaseModel):
    """A table of options: unknown keys are errors, nothing changes after loading."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Probe(Options, ABC):
    """One way to measure. Subclasses add their options as fields.

    `timeout` is the deadline of the whole run, enforced by the runner; a probe reads it
    only to pace itself. A probe keeps nothing between runs and makes one attempt.
    """

    target: str = Field(min_length=1, max_length=2048, description="what is measured")
    timeout: Seconds = Field(default=10.0, description="deadline of one run, names included")

    @abstractmethod
    async def run(self, net: Net, before: Mapping[str, Fact]) -> Outcome:
        """One attempt; `before` is the facts of the last run.

        Raises ProbeFailed with a reason; any other exception is a fault of the probe and
        makes the result unknown with blame `self`.
        """

    def prepare(self) -> None:
        """Import what a run needs and does not have yet; called before the first one, where
        blocking hurts nobody.
        """

    @classmethod
    def check_target(cls, target: str) -> None:
        """Raises ValueError with the remedy when `target` has the wrong form for this type."""


# C0, C1, DEL, zero-width and bidirectional controls, line separators, lone surrogates,
# private-use and non-characters: none may reach a terminal, a page or a log.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]+"
)


def safe_text(text: str, limit: int = 300) -> str:
    """Foreign text made harmless once, at the boundary: no controls, no escapes, bounded.

    A run of unsafe characters becomes one space; what is cut ends in "…". The length is
    counted in code points.
    """
    # Cut before and after: a megabyte of controls must not cost a megabyte of work.
    clean = _UNSAFE.sub(" ", text[: limit * 4]).strip()
    if len(clean) > limit or len(text) > limit * 4:
        return clean[: limit - 1].rstrip() + "…"
    return clean
