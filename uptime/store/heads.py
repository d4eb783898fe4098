"""What is kept apart from the database: the key that signs, the signed heads, the tip.

`siaga.key` (0600) is made at the first start, `siaga.heads` has one line a day and only grows,
`siaga.tip` is one line, replaced after every durable commit that entered something. Without
the key whoever can write the database cannot make the record anew unseen.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from uptime.core.heads import SignedHead, Tip, parse_head, parse_tip
from uptime.store.errors import StorageError
from uptime.store.ledger import Head

log = logging.getLogger(__name__)


def key_path(database: Path) -> Path:
    return database.with_suffix(".key")


def heads_path(database: Path) -> Path:
    return database.with_suffix(".heads")


def tip_path(database: Path) -> Path:
    return database.with_suffix(".tip")


def signed(head: SignedHead | Tip) -> bool:
    """Whether the signature is that of its key over its text."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(head.key))
        key.verify(bytes.fromhex(head.signature), head.text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def read_heads(path: Path) -> Iterator[tuple[int, SignedHead]]:
    """Lines with their numbers. ValueError names the first that is none."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                yield number, parse_head(line.decode())
            except ValueError as error:
                raise ValueError(f"{path}:{number}: is no signed head: {error}") from error


def last_published(database: Path) -> SignedHead | None:
    """The newest head that left the machine: for reports and the daily summary."""
    newest = None
    with contextlib.suppress(FileNotFoundError, ValueError):
        for _, head in read_heads(heads_path(database)):
            newest = head
    return newest


def read_tip(database: Path) -> Tip | None:
    """None if there is none or it cannot be read, as a power cut may leave it."""
    try:
        return parse_tip(tip_path(database).read_text())
    except (OSError, ValueError):
        return None


class Signer:
    """Holds the key of one database. Used on the writer's thread, once the store is open."""

    def __init__(self, database: Path) -> None:
        """Makes the key if there is none; StorageError names the file and the fix."""
        self._database = database
        self.path = key_path(database)
        try:
            self._key = _load(self.path) if self.path.exists() else _make(self.path)
        except OSError as error:
            raise StorageError(
                f"{self.path}: {error.strerror}; fix: let this user read and write it"
            ) from error
        except ValueError as error:
            raise StorageError(
                f"{self.path}: is no key of ours ({error}); fix: restore it, or move it away: "
                "then a new one is made and the ledger says so"
            ) from error
        self.public = self._key.public_key().public_bytes_raw().hex()
        self.published = last_published(database)
        self.tip = read_tip(database)
        self._failed = False

    def publish(self, day: str, head: Head, results: str) -> SignedHead:
        """Sign the head of a day and add its line. OSError if it cannot be written."""
        found = SignedHead(day, head.seq, head.hash, results, self.public, "")
        found = SignedHead(day, head.seq, head.hash, results, self.public, self._sign(found.text))
        fd = os.open(
            heads_path(self._database), os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644
        )
        try:
            os.write(fd, f"{found.line}\n".encode())
            os.fsync(fd)
        finally:
            os.close(fd)
        self.published = found
        return found

    def move_tip(self, head: Head) -> None:
        """Sign the newest entry. Never fails: an older tip is still a true one."""
        tip = Tip(head.seq, head.hash, self.public, "")
        tip = Tip(head.seq, head.hash, self.public, self._sign(tip.text))
        path = tip_path(self._database)
        new = path.with_name(path.name + ".new")
        try:
            new.write_text(tip.line + "\n")
            new.rename(path)
        except OSError as error:
            if not self._failed:
                log.warning("%s: the newest entry is not signed: %s", path, error)
            self._failed = True
        else:
            self.tip, self._failed = tip, False

    def _sign(self, text: str) -> str:
        return self._key.sign(text.encode()).hex()


def _load(path: Path) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text().strip()))


def _make(path: Path) -> Ed25519PrivateKey:
    """Whole or not there: written under another name first."""
    key = Ed25519PrivateKey.generate()
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(fd, key.private_bytes_raw().hex().encode() + b"\n")
        os.fsync(fd)
    finally:
        os.close(fd)
    new.rename(path)
    return key
