"""The certificate authority of the simulation: made anew at every start, its key never stored."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import ssl
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_DAY = dt.timedelta(days=1)


class Authority:
    """Signs certificates for addresses of this machine. `file` holds its own, for checks."""

    def __init__(
        self, directory: Path, key: ec.EllipticCurvePrivateKey, ca: x509.Certificate
    ) -> None:
        self.file = directory / "ca.pem"
        self._directory = directory
        self._key = key
        self._ca = ca
        self._server_key = ec.generate_private_key(ec.SECP256R1())

    @classmethod
    def found(cls, directory: Path) -> Self:
        """A new authority; writes its certificate. Blocking, for milliseconds."""
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("Otoritas Sertifikat Simulasi")
        now = dt.datetime.now(dt.UTC)
        ca = (
            _builder(name, name, key.public_key(), now - _DAY, now + 365 * _DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .sign(key, hashes.SHA256())
        )
        authority = cls(directory, key, ca)
        authority.file.write_bytes(_pem(ca))
        return authority

    def context(self, host: str, *, expired: bool = False) -> ssl.SSLContext:
        """A server's TLS for an address. Blocking, for milliseconds."""
        file = self._directory / "server.pem"
        # Python takes a key only from a file; it is ours alone and gone at once.
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(_pem(self._certificate(host, expired=expired)) + _pem_key(self._server_key))
        try:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.load_cert_chain(file)
        finally:
            file.unlink()
        return context

    def _certificate(self, host: str, *, expired: bool) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        begin, end = (now - 91 * _DAY, now - _DAY) if expired else (now - _DAY, now + 90 * _DAY)
        own = self._server_key.public_key()
        return (
            _builder(_name(host), self._ca.subject, own, begin, end)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]),
                critical=False,
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
            .sign(self._key, hashes.SHA256())
        )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    begin: dt.datetime,
    end: dt.datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Kabupaten Contoh (simulasi)"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _pem_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
