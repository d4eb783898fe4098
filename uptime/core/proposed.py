"""A proposed cause as it is remembered and told; the rules are in proposal.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from uptime.core.causes import WORDS, Cause

Confidence = Literal["strong", "likely", "possible"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """`evidence` are ids of checks; of the rules `said` and `answered` a check and a word."""

    cause: Cause
    rule: str
    confidence: Confidence
    evidence: tuple[str, ...] = ()


WHY: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "id": {
            "planned": "pemeliharaan yang direncanakan sedang berlangsung",
            "said": "induknya, {0}, terputus karena {1}",
            "power": "{0} ikut terputus",
            "power.alone": "yang diperiksa adalah listriknya sendiri",
            "power.way": "{0} terputus sedangkan {1} normal",
            "parent": "{0} terputus",
            "upstream": "{0} normal, jadi jalan keluar berfungsi",
            "answered": "mesinnya menjawab, layanannya tidak semestinya ({1})",
            "provider": "tautan lain dari penyedia yang sama ikut terputus: {all}",
            "circuit": "tautan penyedia terputus sedangkan {0} normal",
            "circuit.alone": "hanya tautan penyedia ini yang terputus",
            "same host": "{0} di mesin yang sama normal",
            "names": "server nama terputus: {all}",
            "siblings": "yang lain di bawah {0} ikut terputus: {rest}",
            "children": "yang di bawahnya ikut terputus: {all}",
        },
        "en": {
            "planned": "planned work is under way",
            "said": "its parent, {0}, was down because of {1}",
            "power": "{0} is down as well",
            "power.alone": "it is the power itself that is watched",
            "power.way": "{0} is down while {1} is fine",
            "parent": "{0} is down",
            "upstream": "{0} is fine, so the way out works",
            "answered": "the machine answers, the service not as it should ({1})",
            "provider": "other circuits of the same vendor are down: {all}",
            "circuit": "the vendor's circuit is down while {0} is fine",
            "circuit.alone": "this circuit of the vendor's alone is down",
            "same host": "{0} on the same machine is fine",
            "names": "name servers are down: {all}",
            "siblings": "others behind {0} are down: {rest}",
            "children": "what is behind it is down: {all}",
        },
    }
)
_SHOWN = 5  # names in a sentence


def why(found: Proposal, language: str, name: Callable[[str], str] = str) -> str:
    """The evidence in words; `name` says what people call a check."""
    if found.rule == "said":
        evidence = [name(found.evidence[0]), WORDS[language][Cause(found.evidence[1])]]
    elif found.rule == "answered":
        evidence = [name(found.evidence[0]), found.evidence[1]]
    else:
        evidence = [name(each) for each in found.evidence]
    key = found.rule
    if key in ("power", "circuit") and not evidence:
        key += ".alone"
    if key == "power" and len(evidence) > 1:
        key += ".way"
    return WHY[language][key].format(*evidence, all=_listed(evidence), rest=_listed(evidence[1:]))


def _listed(names: Sequence[str]) -> str:
    more = f" +{len(names) - _SHOWN}" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
