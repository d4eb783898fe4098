"""TLS: contexts shared by what they trust, and the facts of a certificate, good or not.

A context costs 17 ms to make, so there is one for each (CA file, client certificate, floor,
verification). The chain of a *failed* handshake is read off the same connection: no second,
unverified handshake.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from probes.base import Fact, ProbeFailed, Reason, safe_text

VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}
_presented: ContextVar[list[bytes] | None] = ContextVar("_presented", default=None)


@dataclass(frozen=True, slots=True)
class Trust:
    """What a handshake believes; equal ones share a context."""

    ca_file: Path | None = None
    verify: bool = True
    floor: str = "1.2"
    certificate: Path | None = None
    key: Path | None = None


class _Keeping(ssl.SSLObject):
    """Keeps the chain that was presented, also when it is not believed."""

    def do_handshake(self) -> None:
        try:
            super().do_handshake()
        except ssl.SSLCertVerificationError:
            box = _presented.get()
            if box is not None:
                box[:] = _chain(self)
            raise


class Contexts:
    """One ssl.SSLContext for each Trust."""

    def __init__(self) -> None:
        self._made: dict[Trust, ssl.SSLContext] = {}

    def get(self, trust: Trust) -> ssl.SSLContext:
        """Raises ProbeFailed for files that cannot be used (the configuration checks them)."""
        context = self._made.get(trust)
        if context is None:
            try:
                context = self._made[trust] = _context(trust)
            except (OSError, ssl.SSLError) as error:
                text = f"cannot use the certificates of the configuration: {error}"
                raise ProbeFailed(Reason.INVALID, text, blame="self") from None
        return context


def _context(trust: Trust) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=trust.ca_file)
    context.minimum_version = VERSIONS[trust.floor]
    if trust.floor in {"1.0", "1.1"}:
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
    if not trust.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if trust.certificate is not None:
        context.load_cert_chain(trust.certificate, trust.key)
    context.sslobject_class = _Keeping
    return context


def keep_presented() -> list[bytes]:
    """A box that a failed handshake of this task fills with the chain it was shown (DER)."""
    box: list[bytes] = []
    _presented.set(box)
    return box


def _chain(ssl_object: Any) -> list[bytes]:
    """DER, leaf first; empty where this Python does not tell."""
    inner = getattr(ssl_object, "_sslobj", ssl_object)
    try:
        found = inner.get_unverified_chain()
    except (AttributeError, ssl.SSLError):
        leaf = inner.getpeercert(True) if hasattr(inner, "getpeercert") else None
        return [leaf] if leaf else []
    return [
        each if isinstance(each, bytes) else each.public_bytes(ssl._ssl.ENCODING_DER)  # type: ignore[attr-defined]
        for each in found or ()
    ]


def session_facts(ssl_object: ssl.SSLObject) -> dict[str, Fact]:
    """Version and cipher of an established session, and its certificate."""
    cipher = ssl_object.cipher()
    facts: dict[str, Fact] = {
        "tls_version": (ssl_object.version() or "").replace("TLSv", "TLS "),
        "tls_cipher": cipher[0] if cipher else None,
    }
    return {**facts, **certificate_facts(_chain(ssl_object))}


_known: dict[bytes, dict[str, Fact]] = {}


def certificate_facts(chain: list[bytes]) -> dict[str, Fact]:
    """Of the leaf; `certificate_expires` is the earliest of what was presented.

    Trust anchors in the chain do not count: they expire by another's rules. Parsing is
    remembered by content, since a target shows the same chain at every run.
    """
    if not chain:
        return {}
    key = b"".join(chain)
    facts = _known.get(key)
    if facts is None:
        if len(_known) > 5000:
            _known.clear()
        facts = _known[key] = _read(chain)
    expires = facts.get("certificate_expires")
    if not isinstance(expires, str):
        return facts
    left = datetime.fromisoformat(expires) - datetime.now(UTC)
    return {**facts, "certificate_days": left.days}


def _read(chain: list[bytes]) -> dict[str, Fact]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    try:
        certificates = [x509.load_der_x509_certificate(der) for der in chain]
        leaf = certificates[0]
        counted = [c for c in certificates if c is leaf or c.subject != c.issuer]
        names: list[str] = []
        try:
            extension = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            names = [safe_text(n, 253) for n in extension.get_values_for_type(x509.DNSName)]
            names += [str(n) for n in extension.get_values_for_type(x509.IPAddress)]
        except x509.ExtensionNotFound:
            pass
        return {
            "certificate_expires": _rfc3339(min(c.not_valid_after_utc for c in counted)),
            "certificate_from": _rfc3339(leaf.not_valid_before_utc),
            "certificate_subject": safe_text(leaf.subject.rfc4514_string()),
            "certificate_issuer": safe_text(leaf.issuer.rfc4514_string()),
            "certificate_sans": names[:50],
            "certificate_serial": f"{leaf.serial_number:x}",
            "certificate_fingerprint": leaf.fingerprint(hashes.SHA256()).hex(),
        }
    except ValueError as error:
        return {"certificate_error": safe_text(str(error))}


def _rfc3339(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def handshake_failed(error: Exception, host: str, facts: Mapping[str, Fact]) -> ProbeFailed:
    """The reason of a failed handshake, in words, from OpenSSL's own code."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return ProbeFailed(Reason.CERTIFICATE, _why(error, host, facts))
    if isinstance(error, ssl.SSLError):
        text = safe_text((error.reason or str(error)).replace("_", " ").lower())
        return ProbeFailed(Reason.TLS, f"handshake failed: {text}")
    if isinstance(error, ConnectionResetError | BrokenPipeError | EOFError):
        return ProbeFailed(Reason.TLS, "the connection was closed during the handshake")
    return ProbeFailed(Reason.TLS, f"handshake failed: {safe_text(str(error))}")


def _why(error: ssl.SSLCertVerificationError, host: str, facts: Mapping[str, Fact]) -> str:
    match error.verify_code:
        case 10:
            return (
                f"the certificate expired on {facts.get('certificate_expires', 'an unknown day')}"
            )
        case 9:
            return f"the certificate is not valid before {facts.get('certificate_from', 'later')}"
        case 18:
            return "the certificate is signed by itself"
        case 19:
            return "a certificate of the chain is signed by itself and not trusted"
        case 20 | 21 | 2:
            return "the certificate's issuer is not trusted, or an intermediate is missing"
        case 62 | 64:
            names = facts.get("certificate_sans")
            shown = ", ".join(names[:5]) if isinstance(names, list) and names else "nothing"
            return f"the certificate is for {shown}, not for {host}"
        case 23:
            return "the certificate was revoked"
    return safe_text(error.verify_message or str(error))
