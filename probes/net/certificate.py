"""What a certificate says: read once per certificate, kept as facts.

A certificate is foreign text: its names are cleaned, what cannot be parsed is no exception.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from probes.base import Fact, safe_text

DAY = 86_400.0
_NAMES = 20  # alternative names shown of a certificate that has hundreds


@dataclass(frozen=True, slots=True)
class Certificate:
    """Of one certificate, DER read."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    starts: float
    expires: float
    fingerprint: str
    self_signed: bool


@lru_cache(maxsize=4096)
def read(der: bytes) -> Certificate | None:
    """None for what no parser can read."""
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        found = x509.load_der_x509_certificate(der)
        names: list[str] = []
        try:
            extension = found.extensions.get_extension_for_class(x509.SubjectAlternativeName)
            names += [safe_text(str(general.value), 253) for general in extension.value]
        except x509.ExtensionNotFound:
            pass
        return Certificate(
            subject=safe_text(found.subject.rfc4514_string()),
            issuer=safe_text(found.issuer.rfc4514_string()),
            names=tuple(names[:_NAMES]),
            starts=found.not_valid_before_utc.timestamp(),
            expires=found.not_valid_after_utc.timestamp(),
            fingerprint=found.fingerprint(SHA256()).hex(),
            self_signed=found.subject == found.issuer,
        )
    except (ValueError, x509.DuplicateExtension, OverflowError):
        return None


def expires(chain: Sequence[bytes]) -> float | None:
    """When the first of a served chain ends; authorities that sign themselves do not count."""
    ends = [
        found.expires
        for number, der in enumerate(chain)
        if (found := read(der)) is not None and (number == 0 or not found.self_signed)
    ]
    return min(ends, default=None)


def days_left(moment: float) -> float:
    """Days from now, negative once it is past."""
    return (moment - time.time()) / DAY


def facts(chain: Sequence[bytes]) -> dict[str, Fact]:
    """Of a served chain, leaf first; empty without one."""
    leaf = read(chain[0]) if chain else None
    if leaf is None:
        return {}
    ends = expires(chain)
    assert ends is not None
    return {
        "certificate_expires": rfc3339(ends),
        "certificate_days": math.floor(days_left(ends)),
        "certificate_starts": rfc3339(leaf.starts),
        "certificate_subject": leaf.subject,
        "certificate_issuer": leaf.issuer,
        "certificate_sans": list(leaf.names),
        "certificate_fingerprint": leaf.fingerprint,
    }


@lru_cache(maxsize=4096)
def rfc3339(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
