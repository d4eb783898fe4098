"""The slow oracle: what a check was at every second, out of the definitions and nothing of ours.

One list entry a second. What is told is told in order of arrival and holds "from here on"; whoever
says something later of the same second is right. That is reliability.md section 4 with the
state rules of the design, section 5:

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
    watched: list[list[int | None]] = field(default_factory=list)

    # ---- what happens to it ----

    def result(self, at: int, letter: str, holds: int) -> None:
        """`u`, `d`, `f` or `?`, begun at second `at`, valid for `holds` seconds."""
        self.events.append(("seen", at, letter, holds))

    def blind(self, at: int) -> None:
        """Nothing is known from `at` on: off, frozen, paused, removed."""
        self.events.append(("blind", at, "", 0))

    def forget(self) -> None:
        """Removed: whatever comes begins anew."""
        self.events.append(("forget", 0, "", 0))

    def watch(self, at: int) -> None:
        self.watched.append([at, None])

    def unwatch(self, at: int) -> None:
        self.watched[-1][1] = at

    # ---- what it was ----

    def cells(self, held: list[tuple[int, int]]) -> list[str]:
        """The class of every second; `held` is maintenance, half-open."""
        condition, known = self._told()
        cells = [
            c if k and c != "none" else "unknown" for c, k in zip(condition, known, strict=True)
        ]
        for start, end in held:
            for at in range(max(0, start), min(end, self.length)):
                cells[at] = "maintenance"
        on = [False] * self.length
        for began, ended in self.watched:
            for at in range(max(0, began or 0), self.length if ended is None else ended):
                on[at] = True
        return [cell if is_on else "unmonitored" for cell, is_on in zip(cells, on, strict=True)]

    def downs(self) -> int:
        """How often it went down."""
        return self._walk()[2]

    @property
    def condition(self) -> str:
        """What it is at the end, known or not."""
        return self._walk()[3]

    def _told(self) -> tuple[list[str], list[bool]]:
        condition, known, *_ = self._walk()
        return condition, known

    def _walk(self) -> tuple[list[str], list[bool], int, str]:
        condition, known = ["none"] * self.length, [False] * self.length
        now, downs = "none", 0
        seen: list[tuple[int, str]] = []
        look: int | None = None  # where it began
        resolved, until = False, 0

        def from_here(cells: list, at: int, value: object) -> None:  # type: ignore[type-arg]
            cells[max(at, 0) :] = [value] * (self.length - max(at, 0))

        for kind, at, letter, holds in self.events:
            if kind == "forget":
                seen, now, look = [], "none", None
                continue
            if kind == "blind" or letter == "?":
                from_here(known, at, value=False)
                look = None
                continue
            if look is None or at > until:
                look, resolved = at, False
            seen.append((at, letter))
            found, first = _decide(seen, now)
            changed, now = found != now, found
            if changed:
                from_here(condition, first, now)
                downs += now == "down"
            until = at + holds
            resolved = (
                resolved or changed or {"u": "up", "d": "degraded", "f": "down"}[letter] == now
            )
            if resolved:
                from_here(known, min(look, at), value=True)
                from_here(known, until, value=False)
        return condition, known, downs, now


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
    if now != "down" and len(fails) >= BAD:
        return "down", min(fails)
    if now == "none" and ups:
        return "up", min(ups)
    if now in {"none", "up"} and len(poors) >= BAD:
        return "degraded", min(poors)
    if now == "degraded" and len(ups) >= GOOD:
        return "up", min(ups)
    if now == "down" and len(goods) >= GOOD:
        return ("up" if len(ups) >= GOOD else "degraded"), min(goods)
    return now, 0
