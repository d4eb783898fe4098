"""The slow oracle: what a check was at every second, out of the definitions and nothing of ours.

One byte a second: `u`, `d`, `f` (down), `m`aintenance, un`k`nown, `-` for unmonitored. What is
told is told in order of arrival and holds "from here on"; whoever says something later of the
same second is right. That is reliability.md section 4 with the state rules of the design:

* A result that is not unknown is *seen*, and holds for its validity. A *look* is a run of
  results none of which came after the one before had run out, and with nothing in between that
  took sight away. A look counts as known, from its first result on, once one of its results
  agreed with the condition or confirmed another; until then it may have been anything.
* A condition is confirmed by a streak and holds from the first result of it on.
"""

from __future__ import annotations

from dataclasses import dataclass, field

BAD, GOOD = 3, 2


@dataclass
class Story:
    """One check, second by second of `[0, length)`."""

    length: int
    events: list[tuple[str, int, str, int]] = field(default_factory=list)
    watched: list[tuple[int, int | None]] = field(default_factory=list)

    # ---- what happens to it ----

    def result(self, at: int, letter: str, holds: int) -> None:
        """`u`, `d`, `f` or `?`, begun at second `at`, valid for `holds` seconds."""
        self.events.append(("seen", at, letter, holds))

    def blind(self, at: int) -> None:
        """Nothing is known from `at` on: off, frozen, paused, removed."""
        self.events.append(("blind", at, "", 0))

    def set_back(self, at: int, step: int) -> None:
        """The clock was, to `at`: what was known goes on to be, for as long as it would have."""
        self.events.append(("set back", at, "", step))
        later = any(began > at or (ended or 0) > at for began, ended in self.watched)
        if later and self.watched[-1][1] is None:
            self.watch(at)
        else:
            self.unwatch_after(at)

    def unwatch_after(self, at: int) -> None:
        if self.watched and self.watched[-1][1] is not None:
            self.unwatch(at)

    def forget(self, at: int) -> None:
        """Removed: whatever comes begins anew."""
        self.events.append(("forget", at, "", 0))

    def watch(self, at: int) -> None:
        self.unwatch(at)
        self.watched.append((at, None))

    def unwatch(self, at: int) -> None:
        self.watched = [
            (began, at if ended is None or ended > at else ended)
            for began, ended in self.watched
            if began < at
        ]

    # ---- what it was ----

    def cells(self, held: list[tuple[int, int]]) -> bytes:
        """The letter of every second's class; `held` is maintenance, half-open."""
        condition, known, *_ = self._walk()
        cells = condition.replace(b"n", b"k")
        at = known.find(0)
        while at >= 0:
            end = known.find(1, at) if known.find(1, at) >= 0 else self.length
            _paint(cells, at, end, "k")
            at = known.find(0, end)
        for start, end in held:
            _paint(cells, start, end, "m")
        out = bytearray(b"-" * self.length)
        for began, ended in self.watched:
            end = self.length if ended is None else ended
            out[began:end] = cells[began:end]
        return bytes(out)

    def downs(self) -> int:
        """How often it went down."""
        return self._walk()[2]

    @property
    def condition(self) -> str:
        """The letter of what it is at the end, known or not; `n` for nothing yet."""
        return self._walk()[3]

    def _walk(self) -> tuple[bytearray, bytearray, int, str]:
        """Letter of the condition and whether it was known, second by second; how often it went
        down; the condition at the end.
        """
        condition, known = bytearray(b"n" * self.length), bytearray(self.length)
        now, downs = "n", 0
        seen: list[tuple[int, str]] = []
        look: int | None = None  # where it began
        resolved, until = False, 0

        def from_here(cells: bytearray, at: int, letter: str) -> None:
            _paint(cells, at, self.length, letter)

        for kind, at, letter, holds in self.events:
            if kind == "forget":
                seen, now, look = [], "n", None
                from_here(condition, at, "n")
                continue
            if kind == "set back":
                from_here(condition, at, now)
                seen = [(min(when, at), letter) for when, letter in seen]
                goes_on = look is not None and resolved and until >= at - holds
                from_here(known, at, "\1" if goes_on else "\0")
                if goes_on:
                    until += holds
                    from_here(known, until, "\0")
                else:
                    look = None
                continue
            if kind == "blind" or letter == "?":
                from_here(known, at, "\0")
                look = None
                continue
            if look is None or at > until:
                look, resolved = at, False
            seen.append((at, letter))
            found, first = _decide(seen, now)
            changed, now = found != now, found
            if changed:
                from_here(condition, first, now)
                downs += now == "f"
            until = at + holds
            resolved = resolved or changed or letter == now
            if resolved:
                from_here(known, min(look, at), "\1")
                from_here(known, until, "\0")
        return condition, known, downs, now


def _paint(cells: bytearray, start: int, end: int, letter: str) -> None:
    start, end = max(start, 0), min(end, len(cells))
    if start < end:
        cells[start:end] = letter.encode() * (end - start)


def _decide(seen: list[tuple[int, str]], now: str) -> tuple[str, int]:
    """The condition after all that was seen, and the first result that speaks for it."""

    def streak(letters: str) -> list[int]:
        out: list[int] = []
        for at, letter in reversed(seen):
            if letter not in letters:
                break
            out.append(at)
        return out

    fails, poors, goods, ups = (streak(letters) for letters in ("f", "df", "ud", "u"))
    if now != "f" and len(fails) >= BAD:
        return "f", min(fails)
    if now == "n" and ups:
        return "u", min(ups)
    if now in {"n", "u"} and len(poors) >= BAD:
        return "d", min(poors)
    if now == "d" and len(ups) >= GOOD:
        return "u", min(ups)
    if now == "f" and len(goods) >= GOOD:
        return ("u" if len(ups) >= GOOD else "d"), min(goods)
    return now, 0
