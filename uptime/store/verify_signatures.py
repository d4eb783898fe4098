"""Signed lines beside the entries they speak of."""

from __future__ import annotations

from pathlib import Path

from uptime.core.heads import SignedHead
from uptime.store.heads import heads_path, read_heads, read_tip, signed, tip_path
from uptime.store.values import Finding


class Signatures:
    """Those of one record; `findings` is what does not fit."""

    def __init__(self, database: Path, heads: Path | None, *, tip: bool) -> None:
        self.keys: set[str] = set()
        self.findings: list[Finding] = []
        self._database = database
        self._wants_tip = tip
        # Before any entry is read, so that it is not newer.
        self._tip = read_tip(database) if tip else None
        self._path = heads or heads_path(database)
        self._tip_path = tip_path(database)
        self._lines: dict[int, SignedHead] = {}
        self._there = True
        self._unsigned: list[tuple[int, str]] = []
        try:
            for number, line in read_heads(self._path):
                self._lines[line.seq] = line
                if not signed(line):
                    where = f"{self._path}:{number}: the head of {line.day}"
                    self._say("head", line.seq, f"{where} has not the signature of its key")
        except FileNotFoundError:
            if heads is not None:
                raise
            self._there = False
        except ValueError as error:
            self._say("head", None, str(error))
        if self._tip is not None and not signed(self._tip):
            self._say("tip", self._tip.seq, f"{self._tip_path}: has not the signature of its key")

    def _say(self, kind: str, seq: int | None, text: str) -> None:
        self.findings.append(Finding(kind, seq, text))

    def passes(self, seq: int, digest: str) -> None:
        """An entry of the chain."""
        line = self._lines.get(seq)
        if line is not None and line.hash != digest:
            text = f"entry {seq} is not the head of {line.day} that was signed"
            self._say("head", seq, f"{text}: the record was written anew")
        if self._tip is not None and self._tip.seq == seq and self._tip.hash != digest:
            self._say(
                "tip", seq, f"entry {seq} is not the newest that was signed: {self._tip_path}"
            )

    def head(self, seq: int, day: str, results: str) -> None:
        """An entry of type `head`."""
        line = self._lines.get(seq)
        if line is None:
            self._unsigned.append((seq, day))
        elif (line.day, line.results) != (day, results):
            self._say("head", seq, f"entry {seq} says of {day} what was not signed")

    def finish(self, last: int) -> int:
        """After the entry of number `last` there is none; how many of them nobody signed."""
        self._finish(last)
        # Once more, since entries came in after the first look.
        tip = read_tip(self._database) if self._wants_tip else None
        return 0 if tip is None else max(0, last - tip.seq)

    def _finish(self, last: int) -> None:
        for seq, line in sorted(self._lines.items()):
            if seq > last:
                gone = f"entries from {last + 1} on are gone"
                self._say("head", last + 1, f"{gone}: the head of {line.day} was entry {seq}")
                break
            if self.keys and line.key not in self.keys:
                text = f"the head of {line.day} is signed with a key that no start has named"
                self._say("key", seq, text)
        if self._tip is not None and self._tip.seq > last:
            gone = f"entries from {last + 1} on are gone"
            self._say("tip", last + 1, f"{gone}: entry {self._tip.seq} was signed")
        elif self._wants_tip and self._tip is None and self.keys:
            self._say("tip", None, f"{self._tip_path}: is gone or cannot be read")
        elif self._tip is not None and self.keys and self._tip.key not in self.keys:
            self._say("key", None, f"{self._tip_path}: its key is one that no start has named")
        if not self._there:
            if self._unsigned and self._wants_tip:
                self._say("head", None, f"{self._path}: is gone; it has the signed heads")
            return
        newest = max(self._lines, default=0)
        # The last one may be about to be signed.
        waiting = {seq for seq, _ in self._unsigned[-1:] if seq > newest}
        for seq, day in self._unsigned:
            if seq not in waiting:
                self._say("head", seq, f"{self._path}: has no line for the head of {day}")
