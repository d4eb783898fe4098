"""What an outage was put down to: the fixed set of causes, with the words people use for them.

A person may write a cause in Indonesian or English, or in words of their own; `recognise` says
which of the set is meant, if any. Names and words follow domain.md 2.1 (4); `force-majeure` is
there because contracts exclude it (2.4) and no other cause says it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Cause(StrEnum):
    VENDOR = "vendor"
    INTERNAL_NETWORK = "internal-network"
    POWER = "power"
    UPSTREAM_SERVICE = "upstream-service"
    APPLICATION = "application"
    SECURITY = "security"
    PLANNED_WORK = "planned-work"
    FORCE_MAJEURE = "force-majeure"


WORDS: Mapping[str, Mapping[Cause, str]] = MappingProxyType(
    {
        "id": MappingProxyType(
            {
                Cause.VENDOR: "penyedia",
                Cause.INTERNAL_NETWORK: "jaringan internal",
                Cause.POWER: "listrik",
                Cause.UPSTREAM_SERVICE: "layanan pusat",
                Cause.APPLICATION: "aplikasi",
                Cause.SECURITY: "keamanan",
                Cause.PLANNED_WORK: "pemeliharaan",
                Cause.FORCE_MAJEURE: "keadaan kahar",
            }
        ),
        "en": MappingProxyType(
            {
                Cause.VENDOR: "vendor",
                Cause.INTERNAL_NETWORK: "internal network",
                Cause.POWER: "power",
                Cause.UPSTREAM_SERVICE: "upstream service",
                Cause.APPLICATION: "application",
                Cause.SECURITY: "security",
                Cause.PLANNED_WORK: "planned work",
                Cause.FORCE_MAJEURE: "force majeure",
            }
        ),
    }
)

_ALSO = {
    Cause.VENDOR: ("isp", "provider"),
    Cause.POWER: ("pln", "listrik pln"),
    Cause.PLANNED_WORK: ("maintenance", "planned maintenance", "pemeliharaan terjadwal"),
    Cause.FORCE_MAJEURE: ("kahar", "bencana alam"),
}
_NOT_LETTERS = re.compile(r"[\W_]+")


def _plain(text: str) -> str:
    """`Listrik (PLN)` as `listrik pln`."""
    return _NOT_LETTERS.sub(" ", text.casefold()).strip()


_KNOWN: Mapping[str, Cause] = MappingProxyType(
    {_plain(cause.value): cause for cause in Cause}
    | {_plain(word): cause for words in WORDS.values() for cause, word in words.items()}
    | {word: cause for cause, also in _ALSO.items() for word in also}
)


def recognise(text: str) -> Cause | None:
    """The cause that a text names, in whatever case and punctuation; None for other words."""
    return _KNOWN.get(_plain(text))
