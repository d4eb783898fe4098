"""Host keys as people write them: read, compared, and which algorithms ask a server for them.

A key is its kind and its fingerprint; a fingerprint alone leaves the kind open, and a server
with keys of several kinds shows one of them at a time.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Self

# The signatures a server may prove a key of each kind with, best first; old devices know the
# last one alone, and for telling keys apart it will do.
ALGORITHMS = {
    "ssh-ed25519": ("ssh-ed25519",),
    "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256",),
    "ecdsa-sha2-nistp384": ("ecdsa-sha2-nistp384",),
    "ecdsa-sha2-nistp521": ("ecdsa-sha2-nistp521",),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"),
}
_REMEDY = 'fix: a line of "ssh-keyscan HOST", or "SHA256:…" of "ssh-keygen -l"'


class HostKey(NamedTuple):
    kind: str | None
    fingerprint: str

    def __str__(self) -> str:
        return f"{self.kind} {self.fingerprint}" if self.kind else self.fingerprint

    @classmethod
    def of(cls, kind: str, blob: bytes) -> Self:
        digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
        return cls(kind, f"SHA256:{digest}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """A public key, a line of known_hosts, or a fingerprint with its kind or without.

        Raises ValueError that says what to write.
        """
        words = text.split()
        for before, word in zip([None, *words], words, strict=False):
            if word.startswith("SHA256:"):
                plain = word.rstrip("=")
                if len(_decoded(plain.removeprefix("SHA256:") + "=")) != 32:
                    raise ValueError(f"the fingerprint is not whole; {_REMEDY}")
                return cls(before if before in ALGORITHMS else None, plain)
            if word.startswith("AAAA"):
                blob = _decoded(word)
                kind = _kind(blob)
                if kind not in ALGORITHMS:
                    raise ValueError(f"no kind of key that is known; {_REMEDY}")
                return cls.of(kind, blob)
        raise ValueError(f"is no host key; {_REMEDY}")

    def is_one_of(self, keys: Sequence[HostKey]) -> bool:
        return any(
            self.fingerprint == key.fingerprint and key.kind in (None, self.kind) for key in keys
        )


def attempts(wanted: Sequence[HostKey]) -> Iterator[list[str]]:
    """Algorithms to ask with, one list a connection: first those of the kinds that are wanted,
    so that a key of another kind added to the server changes nothing; then, where a wanted
    fingerprint leaves its kind open, each kind by itself.
    """
    first = [kind for kind in ALGORITHMS if any(key.kind == kind for key in wanted)]
    kinds = first + [kind for kind in ALGORITHMS if kind not in first]
    yield [name for kind in kinds for name in ALGORITHMS[kind]]
    if any(key.kind is None for key in wanted):
        for kind in kinds:
            yield list(ALGORITHMS[kind])


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError(f"the key is not whole; {_REMEDY}") from None


def _kind(blob: bytes) -> str:
    """What a key in the form of the wire says it is."""
    if len(blob) < 4:
        return ""
    (size,) = struct.unpack_from("!I", blob)
    return blob[4 : 4 + size].decode("ascii", "replace")
