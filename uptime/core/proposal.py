"""What an outage is probably due to, proposed from what else was down or fine with it.

A proposal is a rule's word, never a person's: it is no entry of the ledger, excludes nothing from
a claim, and is gone as soon as somebody says what it was. Each rule names its evidence. They are
asked in this order, the surest first:

1. planned: agreed work lay over the check.
2. said: what it depends on was down with it, and a person said why that was.
3. power: the UPS or the mains at its place was down with it, while the way to that was open.
4. parent: what it depends on was down with it; then the cause is that one's.
5. upstream: an outside service, while the way out worked.
6. answered: it answered, not as it should: neither network nor power.
7. provider, circuit: a vendor's circuit, with others of the vendor's or alone, while what it
   depends on was fine. Circuits of two vendors at once are nobody's: no proposal.
8. same host: something else on the same machine was fine.
9. names: a name could not be resolved while a name server of ours was down.
10. siblings, children: half or more of what hangs on the same node of the network, or on this
   one, were down with it.

"With it" is: at the same time, begun at most five minutes apart (`SOON`), the longest interval
between two looks at anything usual. After domain.md 2.1 (4): paired probes guess, a person
confirms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from uptime.core.causes import Cause
from uptime.core.proposed import Proposal
from uptime.core.witness import Course, Inventory, Look, where

SOON = 300_000

ANSWERED = frozenset(
    {
        "refused", "tls", "certificate", "protocol", "incomplete", "too_large", "redirect",
        "status", "assertion", "invalid", "auth",
    }
)  # fmt: skip
"""Reasons (design 4.6) for which the target's machine must have answered."""

_RANK = {
    "planned": 0, "said": 1, "power": 2, "parent": 3, "upstream": 4, "answered": 4,
    "provider": 5, "circuit": 6, "same host": 7, "names": 8, "siblings": 9, "children": 9,
}  # fmt: skip
_ON_FINE = frozenset({"upstream", "circuit", "same host"})  # these rest on a witness that was fine


def propose(check: str, course: Course, inventory: Inventory, look: Look) -> Proposal | None:
    """The surest cause of an outage of a check; None where nothing speaks for any."""
    return next(_Case(check, course, inventory, look).proposals(), None)


def revised(check: str, course: Course, inventory: Inventory, look: Look) -> Proposal | None:
    """What is to be proposed now in place of `course.proposed`, of an outage that was judged
    before. What was known once may be forgotten (a restart, a witness that is paused), so that
    only a surer rule replaces what stands, or anything does, nothing included, where what stands
    is contradicted by what is known now.
    """
    case = _Case(check, course, inventory, look)
    was, found = course.proposed, next(case.proposals(), None)
    if was is None or case.contradicts(was):
        return found
    if found is None or _RANK[found.rule] > _RANK[was.rule]:
        return was
    same = (found.cause, found.rule, found.confidence) == (was.cause, was.rule, was.confidence)
    return was if same and was.rule in _ON_FINE else found


class _Case:
    """One outage beside everything else."""

    def __init__(self, check: str, course: Course, inventory: Inventory, look: Look) -> None:
        self._fixed = inventory.checks[check]
        self._course = course
        self._inventory = inventory
        self._look = look

    def proposals(self) -> Iterator[Proposal]:
        """The surest first."""
        fixed, course = self._fixed, self._course
        if course.planned:
            yield Proposal(Cause.PLANNED_WORK, "planned", "strong", (fixed.id,))
        fallen = self._fallen()
        for parent in fallen:
            said = self._look(parent)
            if said is not None and said.cause is not None:
                yield Proposal(said.cause, "said", "strong", (parent, said.cause.value))
        yield from self._power(fallen)
        if fallen:
            yield self._parent(fallen)
            return
        if fixed.external:
            yield from self._upstream()
            return
        if course.reason in ANSWERED:
            yield Proposal(Cause.APPLICATION, "answered", "strong", (fixed.id, course.reason))
        if fixed.provider is not None:
            yield from self._vendor(fixed.provider)
            return
        yield from self._machine()
        yield from self._network()

    def contradicts(self, was: Proposal) -> bool:
        """Whether what is known now speaks against a proposal, not merely no longer for it."""
        match was.rule:
            case "said":
                parent = self._look(was.evidence[0])
                return parent is not None and parent.began is not None and parent.cause != was.cause
            case "answered":
                return bool(self._fallen())
            case "provider" | "circuit" if self._strangers():
                return True
            case rule if rule in _ON_FINE:
                return any(self._was_down(each) for each in was.evidence)
        return False

    def _with(self, check: str) -> Course | None:
        """An outage of another check that belongs together with this one."""
        other, own = self._look(check), self._course
        if other is None or other.began is None or own.began is None:
            return None
        apart = abs(other.began - own.began) > SOON
        return None if apart or not _overlap(other, own) else other

    def _down_with(self, checks: Iterable[str]) -> tuple[str, ...]:
        return tuple(each for each in checks if self._with(each) is not None)

    def _is_fine(self, check: str) -> bool:
        other = self._look(check)
        return other is not None and other.fine and not _overlap(other, self._course)

    def _fine(self, checks: Iterable[str]) -> str | None:
        """The first that is measured and was good all the while."""
        return next((each for each in checks if self._is_fine(each)), None)

    def _ways(self) -> list[str]:
        return [parent for way in self._fixed.parents for parent in way]

    def _fallen(self) -> tuple[str, ...]:
        """The parents of a way that was closed altogether; they may have fallen long before."""
        for way in self._fixed.parents:
            if way and all(self._was_down(parent) for parent in way):
                return tuple(way)
        return ()

    def _was_down(self, parent: str) -> bool:
        other, own = self._look(parent), self._course
        if other is None or other.began is None or own.began is None:
            return False
        return other.began <= own.began + SOON and _overlap(other, own)

    def _power(self, fallen: Sequence[str]) -> Iterator[Proposal]:
        fixed = self._fixed
        if fixed.is_power:
            way = self._fine(self._ways())
            if not fallen and (way is not None or not fixed.parents):
                own = () if way is None else (fixed.id, way)
                yield Proposal(Cause.POWER, "power", "likely", own)
            return
        for each in self._inventory.others(fixed.id, "power", where(fixed)):
            if self._with(each) is None:
                continue
            power = self._inventory.checks[each]
            way = self._fine(parent for way in power.parents for parent in way)
            if way is not None or not power.parents:
                evidence = (power.id,) if way is None else (power.id, way)
                yield Proposal(Cause.POWER, "power", "strong", evidence)

    def _parent(self, fallen: Sequence[str]) -> Proposal:
        """The cause of what it hangs on; the network where that has none, or several."""
        courses = [self._look(parent) for parent in fallen]
        found = [None if course is None else course.proposed for course in courses]
        causes = {each.cause for each in found if each is not None}
        first = found[0]
        if len(causes) == 1 and None not in found and first is not None:
            root = first.evidence if first.rule == "parent" else (fallen[0],)
            return Proposal(first.cause, "parent", first.confidence, root)
        return Proposal(Cause.INTERNAL_NETWORK, "parent", "likely", (fallen[0],))

    def _upstream(self) -> Iterator[Proposal]:
        fixed, reason = self._fixed, self._course.reason
        if reason in ANSWERED:
            yield Proposal(Cause.UPSTREAM_SERVICE, "answered", "strong", (fixed.id, reason))
        way = self._fine(self._ways())
        if way is not None:
            yield Proposal(Cause.UPSTREAM_SERVICE, "upstream", "strong", (way,))
        other = self._fine(self._inventory.others(fixed.id, "external", "yes"))
        if other is not None:
            yield Proposal(Cause.UPSTREAM_SERVICE, "upstream", "likely", (other,))

    def _vendor(self, provider: str) -> Iterator[Proposal]:
        fixed, inventory = self._fixed, self._inventory
        of_theirs = inventory.others(fixed.id, "provider", provider)
        if self._strangers():
            return
        together = self._down_with(of_theirs)
        if together:
            yield Proposal(Cause.VENDOR, "provider", "strong", together)
        way = self._fine(self._ways())
        if way is not None:
            yield Proposal(Cause.VENDOR, "circuit", "likely", (way,))
        elif not fixed.parents:
            yield Proposal(Cause.VENDOR, "circuit", "possible")

    def _strangers(self) -> bool:
        """Whether circuits of other vendors fell with it."""
        provider = self._fixed.provider
        return provider is not None and any(
            self._with(each) is not None for each in self._inventory.circuits_beside(provider)
        )

    def _machine(self) -> Iterator[Proposal]:
        fixed = self._fixed
        neighbour = self._fine(self._inventory.others(fixed.id, "host", fixed.host))
        if neighbour is not None:
            yield Proposal(Cause.APPLICATION, "same host", "likely", (neighbour,))
        if self._course.reason == "dns":
            servers = self._down_with(self._inventory.others(fixed.id, "type", "dns"))
            if servers:
                yield Proposal(Cause.INTERNAL_NETWORK, "names", "likely", servers)

    def _is_node(self, check: str) -> bool:
        """Whether it is a node of the network, not a service that others use."""
        fixed = self._inventory.checks.get(check)
        return fixed is not None and fixed.type == "icmp"

    def _network(self) -> Iterator[Proposal]:
        inventory = self._inventory
        for parent in filter(self._is_node, self._ways()):
            siblings = inventory.behind(parent, self._fixed.id)
            fell = self._down_with(siblings)
            if len(fell) >= 2 and 2 * (len(fell) + 1) >= len(siblings) + 1:
                yield Proposal(Cause.INTERNAL_NETWORK, "siblings", "likely", (parent, *fell))
        hanging = inventory.behind(self._fixed.id) if self._is_node(self._fixed.id) else []
        fell = self._down_with(hanging)
        if len(fell) >= 2 and 2 * len(fell) >= len(hanging):
            yield Proposal(Cause.INTERNAL_NETWORK, "children", "likely", fell)


def _overlap(one: Course, other: Course) -> bool:
    if one.began is None or other.began is None:
        return False
    return (one.ended is None or one.ended > other.began) and (
        other.ended is None or other.ended > one.began
    )
