"""Checks in the Prometheus text format, rendered by hand from cached label prefixes.

Blackbox names where the meaning is the same, read off a result's facts and phases; ours
otherwise. Decides names, labels and which value stands behind a name; `uptime.metrics` decides
when and in which slices. A family gives lines or nothing: what was not measured is absent,
never zero.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from probes.base import safe_text
from uptime.board import Row
from uptime.core.model import Fact, Result, Status

LABEL_LIMIT = 128
RESERVED = frozenset(
    {"check", "group", "type", "instance", "job", "state", "phase", "window", "le"}
)
_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]{0,127}")


class Shown(NamedTuple):
    """One check in one scrape: its row, its labels, its last result while that is fresh."""

    row: Row
    labels: str
    result: Result | None


@dataclass(frozen=True, slots=True)
class Family:
    """One metric name; `lines` gives the samples of a check, each ending in a newline."""

    name: str
    help: str
    lines: Callable[[Shown], str]

    @property
    def head(self) -> str:
        return f"# HELP {self.name} {self.help}\n# TYPE {self.name} gauge\n"


def cleaned(value: str) -> str:
    """A label value: one line, bounded, no lone surrogates, which would fail the whole page."""
    return safe_text(value, LABEL_LIMIT)


def escaped(value: str) -> str:
    """The same as it is written in the exposition format; line ends are gone already."""
    return cleaned(value).replace("\\", "\\\\").replace('"', '\\"')


def label_prefix(row: Row) -> str:
    """`{check="…",…` without the closing brace, so that a phase or state can follow."""
    pairs = {
        "check": row.id,
        "group": row.group or "",
        "type": row.type,
        "instance": row.target,
    }
    # One bad name would make the whole page unreadable.
    pairs |= {name: value for name, value in row.labels.items() if _fits(name)}
    return "{" + ",".join(f'{name}="{escaped(value)}"' for name, value in pairs.items())


def _fits(name: str) -> bool:
    return (
        name not in RESERVED
        and not name.startswith("__")
        and _LABEL_NAME.fullmatch(name) is not None
    )


def _number(value: Fact) -> float | int | None:
    if type(value) is int:  # nearly always; a boolean is one as well, but not its type
        return value
    match value:
        case bool():
            return int(value)
        case float() if math.isfinite(value):
            return value
        case str():
            try:
                number = float(value.removeprefix("HTTP/"))
            except ValueError:
                return None
            return number if math.isfinite(number) else None
    return None


def _epoch(value: Fact) -> float | None:
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(value).timestamp()
    except (ValueError, OverflowError):
        return None


def _fact(
    name: str, fact: str, says: str, convert: Callable[[Fact], float | int | None] = _number
) -> Family:
    def lines(shown: Shown) -> str:
        if shown.result is None or (value := shown.result.facts.get(fact)) is None:
            return ""
        number = convert(value)
        return "" if number is None else f"{name}{shown.labels}}} {number}\n"

    return Family(name, says, lines)


def _phases(name: str, kind: str, phases: tuple[str, ...], says: str) -> Family:
    """Those of a probe type's phases that blackbox has, too."""
    tails = tuple((phase, f',phase="{phase}"}} ') for phase in phases)

    def lines(shown: Shown) -> str:
        result = shown.result
        if result is None or shown.row.type != kind:
            return ""
        head, text, measured = name + shown.labels, "", result.phases
        for phase, tail in tails:
            if phase in measured:
                text += f"{head}{tail}{measured[phase]}\n"
        return text

    return Family(name, says, lines)


def _success(shown: Shown) -> str:
    if shown.result is None:
        return ""
    return f"probe_success{shown.labels}}} {int(shown.result.status is not Status.DOWN)}\n"


def _duration(shown: Shown) -> str:
    if shown.result is None:
        return ""
    return f"probe_duration_seconds{shown.labels}}} {shown.result.duration}\n"


def _lookup(shown: Shown) -> str:
    if shown.result is None or (seconds := shown.result.phases.get("resolve")) is None:
        return ""
    return f"probe_dns_lookup_time_seconds{shown.labels}}} {seconds}\n"


def _ssl(shown: Shown) -> str:
    if shown.result is None or shown.row.type != "http":
        return ""
    return f"probe_http_ssl{shown.labels}}} {int(bool(shown.result.facts.get('tls_version')))}\n"


def _tls_version(shown: Shown) -> str:
    version = None if shown.result is None else shown.result.facts.get("tls_version")
    if not isinstance(version, str):
        return ""
    return f'probe_tls_version_info{shown.labels},version="{escaped(version)}"}} 1\n'


def _loss(shown: Shown) -> str:
    if shown.result is None or shown.result.loss is None:
        return ""
    return f"siaga_packet_loss_ratio{shown.labels}}} {shown.result.loss}\n"


_STATE_TAILS = {
    state: tuple(f',state="{each}"}} {int(each is state)}\n' for each in Status) for state in Status
}


def _state(shown: Shown) -> str:
    head = "siaga_check_state" + shown.labels
    up, degraded, down, unknown = _STATE_TAILS[shown.row.status]
    return f"{head}{up}{head}{degraded}{head}{down}{head}{unknown}"


def _fresh(shown: Shown) -> str:
    return f"siaga_check_fresh{shown.labels}}} {int(shown.row.state.known)}\n"


FAMILIES: tuple[Family, ...] = (
    Family("probe_success", "Whether the last run reached its target; degraded counts.", _success),
    Family("probe_duration_seconds", "How long the last run took.", _duration),
    Family("probe_dns_lookup_time_seconds", "Time to resolve the target's name.", _lookup),
    _fact("probe_ip_protocol", "ip_family", "IP version used, 4 or 6."),
    _phases(
        "probe_http_duration_seconds",
        "http",
        ("resolve", "connect", "tls", "processing", "transfer"),
        "Duration of the HTTP request by phase.",
    ),
    _fact("probe_http_status_code", "status_code", "Status code of the HTTP response."),
    _fact("probe_http_version", "http_version", "Version of HTTP of the response."),
    _fact("probe_http_redirects", "redirects", "Redirects followed."),
    _fact("probe_http_content_length", "content_length", "Length of the HTTP content."),
    Family("probe_http_ssl", "Whether the response came over TLS.", _ssl),
    _fact(
        "probe_ssl_earliest_cert_expiry",
        "certificate_expires",
        "When the first certificate of the chain expires, in Unix time.",
        _epoch,
    ),
    Family("probe_tls_version_info", "Version of TLS used.", _tls_version),
    _phases(
        "probe_icmp_duration_seconds",
        "icmp",
        ("resolve", "setup", "rtt"),
        "Duration of the ICMP echo by phase.",
    ),
    _phases(
        "probe_dns_duration_seconds",
        "dns",
        ("resolve", "connect", "request"),
        "Duration of the DNS query by phase.",
    ),
    Family("siaga_packet_loss_ratio", "Packets lost of those sent in the last run.", _loss),
    Family("siaga_check_state", "State of the check: 1 for the one it is in.", _state),
    Family("siaga_check_fresh", "Whether a fresh result stands behind the state.", _fresh),
)


def ratio_family(
    name: str, says: str, values: Callable[[str], Iterable[tuple[str, float]]]
) -> Family:
    """Ratios kept beside the board; `values` gives (further labels, ratio) of a check's id."""

    def lines(shown: Shown) -> str:
        text = ""
        for more, ratio in values(shown.row.id):
            text += f"{name}{shown.labels}{more}}} {ratio}\n"
        return text

    return Family(name, says, lines)
