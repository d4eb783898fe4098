"""TLS: contexts shared by what they trust, what a session agreed on, why a handshake failed.

A context with the system's authorities takes 17 ms to make, so there is one for each (CA file,
client certificate, verification, floor), made in a thread. The facts of a certificate that is
not believed come from the same handshake: no second, unverified connection.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, Literal, NamedTuple

from probes.base import ProbeFailed, Reason, safe_text
from probes.net import certificate

Version = Literal["1.0", "1.1", "1.2", "1.3"]
_KEPT = 3600.0  # seconds until changed files of certificates are noticed
_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
            "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem")  # fmt: skip
_DER = 2  # ssl's private ENCODING_DER


class Trust(NamedTuple):
    """What a handshake believes and shows; equal ones share a context.

    `old` admits TLS below 1.2 and what OpenSSL calls too weak: only to say so in its own words.
    `stock` sets apart what httpx's transport writes its protocols (ALPN) into.
    """

    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    verify: bool = True
    old: bool = False
    stock: bool = False


class Contexts:
    """One SSLContext a Trust."""

    def __init__(self, ca_file: Path | None = None) -> None:
        self._ca_file = ca_file
        self._made: dict[Trust, tuple[ssl.SSLContext, float]] = {}
        self._making: dict[Trust, asyncio.Future[ssl.SSLContext]] = {}

    def ready(self, trust: Trust) -> ssl.SSLContext | None:
        """The context if it is there already."""
        made = self._made.get(trust)
        return made[0] if made is not None and monotonic() < made[1] else None

    async def get(self, trust: Trust) -> ssl.SSLContext:
        """Raises ProbeFailed, blame self, for files that cannot be used."""
        context = self.ready(trust)
        if context is not None:
            return context
        making = self._making.get(trust)
        if making is None:
            loop = asyncio.get_running_loop()
            making = loop.run_in_executor(None, partial(_context, trust, self._ca_file))
            self._making[trust] = making
            making.add_done_callback(partial(self._keep, trust))
        try:
            return await asyncio.shield(making)
        except (OSError, ssl.SSLError, ValueError) as error:
            words = safe_text(getattr(error, "strerror", None) or str(error))
            text = f"the certificate files of the configuration cannot be used: {words}"
            raise ProbeFailed(Reason.ERROR, text, blame="self") from None

    def _keep(self, trust: Trust, made: asyncio.Future[ssl.SSLContext]) -> None:
        self._making.pop(trust, None)
        if not made.cancelled() and made.exception() is None:
            self._made[trust] = made.result(), monotonic() + _KEPT


def _context(trust: Trust, default: Path | None) -> ssl.SSLContext:
    # Not create_default_context: it obeys SSL_CERT_FILE and SSLKEYLOGFILE of the environment.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if trust.old:
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    else:
        context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not trust.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif (file := trust.ca_file or default) is not None:
        context.load_verify_locations(file)
    else:
        _trust_the_system(context)
    if trust.cert_file is not None:
        # A key with a passphrase would ask on the terminal.
        context.load_cert_chain(trust.cert_file, trust.key_file, password=lambda: b"")
    return context


def _trust_the_system(context: ssl.SSLContext) -> None:
    paths = ssl.get_default_verify_paths()
    for file in (paths.openssl_cafile, *_BUNDLES):
        if Path(file).is_file():
            context.load_verify_locations(file)
            return
    if Path(paths.openssl_capath).is_dir():
        context.load_verify_locations(capath=paths.openssl_capath)


class Session(NamedTuple):
    """What a handshake came to, and when (perf_counter); `version` is empty if it failed."""

    at: float
    version: str
    cipher: str
    chain: tuple[bytes, ...]


def session(tls: ssl.SSLObject, at: float) -> Session:
    """Of a handshake that ended, well or not."""
    cipher = tls.cipher()
    version = tls.version() if cipher is not None else None
    return Session(at, version or "", cipher[0] if cipher else "", _chain(tls))


def _chain(tls: Any) -> tuple[bytes, ...]:
    """DER, leaf first, believed or not; empty where this Python does not tell.

    Public since 3.13; before, only the inner object knows.
    """
    try:
        found = getattr(tls, "get_unverified_chain", tls._sslobj.get_unverified_chain)()
        return tuple(c if isinstance(c, bytes) else c.public_bytes(_DER) for c in found or ())
    except (AttributeError, ssl.SSLError, ValueError):
        return ()


_VERIFY = {
    9: "certificate is not yet valid",
    10: "certificate has expired",
    18: "certificate is self-signed",
    19: "certificate is signed by an authority that is not trusted",
    2: "certificate is signed by an unknown authority, or an intermediate is missing",
    20: "certificate is signed by an unknown authority, or an intermediate is missing",
    21: "certificate is signed by an unknown authority, or an intermediate is missing",
    23: "certificate was revoked",
    62: "certificate is for another host",
    64: "certificate is for another address",
}


def handshake_failure(
    error: ssl.SSLError, name: str, chain: Sequence[bytes], *, after: bool = False
) -> ProbeFailed:
    """The failure in words; `after`: TLS broke once the handshake was through."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return ProbeFailed(Reason.CERTIFICATE, _distrust(error, name, chain))
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return ProbeFailed(Reason.TLS, "connection closed during the TLS handshake")
    words = _plain(error)
    if after:
        return ProbeFailed(Reason.TLS, f"TLS broke after the handshake: {words}")
    return ProbeFailed(Reason.TLS, f"TLS handshake failed: {words}")


def _distrust(error: ssl.SSLCertVerificationError, name: str, chain: Sequence[bytes]) -> str:
    code = error.verify_code
    words = _VERIFY.get(code, safe_text(error.verify_message or str(error)))
    leaf = certificate.read(chain[0]) if chain else None
    if leaf is None:
        return words
    if code == 9 and certificate.days_left(leaf.starts) > 0:
        return f"{words}: it starts on {certificate.rfc3339(leaf.starts)}"
    if code == 10:
        if certificate.days_left(leaf.expires) > 0:
            return "an intermediate certificate has expired"
        return f"{words}: it ended on {certificate.rfc3339(leaf.expires)}"
    if code in (62, 64):
        names = ", ".join(leaf.names[:5]) or leaf.subject or "nobody"
        return f'{words}: expected "{safe_text(name, 100)}", got {safe_text(names, 150)}'
    return words


_ALERTS = {
    "WRONG_VERSION_NUMBER": "the answer is not TLS",
    "UNSUPPORTED_PROTOCOL": "only TLS older than 1.2 is offered",
    "TLSV1_ALERT_PROTOCOL_VERSION": "no common TLS version",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "nothing in common (alert: handshake failure)",
    "TLSV1_ALERT_INTERNAL_ERROR": "the server's own fault (alert: internal error)",
    "TLSV1_UNRECOGNIZED_NAME": "the server does not know the name (alert: unrecognized name)",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "the server wants a client certificate",
    "SSLV3_ALERT_BAD_CERTIFICATE": "the server refuses the client certificate",
    "TLSV1_ALERT_UNKNOWN_CA": "the server does not trust the client certificate",
}


def _plain(error: ssl.SSLError) -> str:
    known = _ALERTS.get(error.reason or "")
    if known is not None:
        return known
    return safe_text((error.reason or str(error)).replace("_", " ").lower(), 200)
