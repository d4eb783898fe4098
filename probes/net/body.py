"""A body as it comes: counted, inflated and bounded, kept only when somebody will read it."""

from __future__ import annotations

import zlib
from typing import Literal

from probes.base import ProbeFailed, Reason

_GZIP, _ZLIB, _RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
_STEP = 65_536  # inflated at a time, so that a bomb never needs more

Coding = Literal["", "gzip", "deflate", "other"]


class Body:
    """`add` what came; `full` once the bound was passed, and then nothing more is taken."""

    __slots__ = ("_coding", "_inflater", "_keep", "_most", "_parts", "full", "size")

    def __init__(self, coding: Coding, most: int, *, keep: bool) -> None:
        self._coding = coding
        self._inflater: zlib._Decompress | None = None
        self._keep = keep
        self._most = most
        self._parts: list[bytes] = []
        self.size = 0  # decoded
        self.full = False

    def add(self, data: bytes) -> None:
        """Raises ProbeFailed for what does not inflate."""
        if self._coding in ("", "other"):
            self._take(data)
            return
        try:
            self._inflate(data)
        except zlib.error:
            text = f"the body is not {self._coding}, as its header says"
            raise ProbeFailed(Reason.PROTOCOL, text) from None

    def end(self) -> bytes:
        """All that was kept; raises ProbeFailed when the compressed stream is cut off."""
        if self._inflater is not None and not self._inflater.eof and not self.full:
            raise ProbeFailed(Reason.INCOMPLETE, f"the {self._coding} body ends in the middle")
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)

    def _take(self, data: bytes) -> None:
        if self.full:
            return
        self.size += len(data)
        if self.size > self._most:
            data = data[: len(data) - (self.size - self._most)]
            self.size = self._most
            self.full = True
        if self._keep and data:
            self._parts.append(data)

    def _inflate(self, data: bytes) -> None:
        while data and not self.full:
            if self._inflater is None or (self._inflater.eof and self._coding == "gzip"):
                if self._inflater is not None and not data.startswith(b"\x1f\x8b"):
                    return  # padding after the last member
                self._inflater = zlib.decompressobj(self._window(data))
            elif self._inflater.eof:
                return
            self._take(self._inflater.decompress(data, _STEP))
            data = self._inflater.unconsumed_tail or self._inflater.unused_data

    def _window(self, data: bytes) -> int:
        """Of deflate both forms are about: with zlib's header as the standard says, and bare."""
        if self._coding == "gzip":
            return _GZIP
        zlibs = data[0] & 0x0F == 8 and (len(data) < 2 or (data[0] << 8 | data[1]) % 31 == 0)
        return _ZLIB if zlibs else _RAW
