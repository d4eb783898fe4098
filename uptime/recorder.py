"""The one consumer of results: observe, decide, store, show, tell, in that order.

What is remembered here (`_Watched.state`) runs ahead of what is shown (the board's row) by at
most one commit: a transition is shown and told once its commit has returned, or, when the
store fails or takes over two seconds, from memory and marked "not stored". What could not be
written is kept and written again under the same ids when the store returns.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from uptime.board import Board, Row
from uptime.clock import Clock
from uptime.config import Check, Config
from uptime.core import alerting, statements, topology
from uptime.core.alerting import Want
from uptime.core.blips import blip
from uptime.core.incidents import follow
from uptime.core.maintenance import Entered
from uptime.core.model import (
    Batch,
    Blip,
    CheckState,
    Condition,
    Entry,
    Fact,
    Incident,
    Notification,
    Overlay,
    Pause,
    Result,
    Transition,
)
from uptime.core.own_state import OwnState
from uptime.core.state import blind, expire, observe, set_back
from uptime.proposals import Proposals
from uptime.saving import Saving, SavingMeter, StoreLike

log = logging.getLogger(__name__)

COMMIT_EVERY = 1.0
# Steady results alone wait for more of them: every commit writes whole pages, and a page holds
# eighty results. A kill in between costs so many seconds of "unknown", never a conclusion.
STEADY_EVERY = 5.0
STEADY_MOST = 200
RESOLUTION = 0.001  # a loop's timer may fire a hair before its time


class NotStored(Exception):
    """The store did not take a batch; it is kept in memory and written later."""


class Meter(SavingMeter, Protocol):
    """The counters fed where results pass."""

    def probe(self, type: str, result: str) -> None: ...


@dataclass(slots=True)
class _Watched:
    """One check as the recorder knows it; `facts` are those of the last run that had any."""

    check: Check
    row: Row
    state: CheckState
    facts: Mapping[str, Fact] = field(default_factory=dict)
    wants: tuple[Want, ...] = ()
    incident: Incident | None = None
    showing: int = 0  # shows of this check that wait for a commit


@dataclass(slots=True)
class _Draft:
    """What the next commit will hold, and what happens after it."""

    results: list[Result] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)
    states: dict[str, CheckState] = field(default_factory=dict)
    incidents: dict[int, Incident] = field(default_factory=dict)
    notifications: dict[int, Notification] = field(default_factory=dict)
    overlays: dict[int, Entered | Pause] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    blips: list[Blip] = field(default_factory=list)
    own: list[OwnState] = field(default_factory=list)
    after: list[Callable[[], None]] = field(default_factory=list)
    done: list[asyncio.Future[None]] = field(default_factory=list)

    @property
    def steady(self) -> bool:
        """Whether it is nothing but results as expected."""
        return not (
            self.states
            or self.transitions
            or self.incidents
            or self.notifications
            or self.overlays
            or self.entries
            or self.blips
            or self.after
            or self.done
        )

    def batch(self, life: int) -> Batch:
        return Batch(
            results=tuple(self.results),
            transitions=tuple(self.transitions),
            states=self.states,
            incidents=tuple(self.incidents.values()),
            notifications=tuple(self.notifications.values()),
            overlays=tuple(self.overlays.values()),
            entries=tuple(self.entries),
            blips=tuple(self.blips),
            own=tuple(self.own),
            life=life,
        )


class Recorder:
    """State of all checks, incidents and what is owed; the only writer of the board."""

    def __init__(
        self,
        board: Board,
        store: StoreLike,
        clock: Clock,
        meter: Meter,
        *,
        tell: Callable[[Sequence[Notification]], None],
        probe_soon: Callable[[str], None],
        next_incident: int = 1,
        next_notification: int = 1,
        next_overlay: int = 1,
    ) -> None:
        self.board = board
        self._saving = Saving(store, meter, board.touch_monitor)
        self._clock = clock
        self._meter = meter
        self._tell = tell
        self._probe_soon = probe_soon
        self._next_incident = next_incident
        self._next_notification = next_notification
        self._next_overlay = next_overlay
        self._watched: dict[str, _Watched] = {}
        self._children: Mapping[str, tuple[str, ...]] = {}
        self._parents: Mapping[str, topology.Parents] = {}
        self._held: set[str] = set()  # checks whose parents keep their message back
        self._maintained: frozenset[str] = frozenset()
        self._owed: dict[int, dict[str, tuple[int, int]]] = {}  # incident, channel: last, seq
        self._expires = 0  # no known check's validity ends before this (ms)
        self._unshown: dict[int, Incident] = {}  # newest form of those that wait for a commit
        self._proposals = Proposals(self)
        self._draft = _Draft()
        self._urgent = asyncio.Event()

    @property
    def store_error(self) -> str | None:
        """What is wrong with the store, if anything."""
        return self._saving.error

    # ---- what the daemon says ----

    def configure(
        self,
        config: Config,
        *,
        states: Mapping[str, CheckState] | None = None,
        incidents: Iterable[Incident] = (),
        last: Mapping[str, Result] | None = None,
        paused: Iterable[str] = (),
    ) -> None:
        """Watch what `config` names. At start with what was recovered; at a reload without:
        state, incident, last result and pause of a check that stays, or is renamed, are kept.
        """
        states, last = states or {}, last or {}
        open_of = {incident.check: incident for incident in incidents if incident.open}
        now = self._clock.now()
        gone = self._watched.keys() - config.checks.keys()
        for check in config.checks.values():
            if check.was in gone and check.id not in self._watched:
                self._rename(check.was, check.id)
                gone.discard(check.was)
        for check_id in gone:
            self._forget(check_id, now)
        for incident in open_of.values():
            if incident.check is not None and incident.check not in config.checks:
                self._keep(_removed(incident, now))  # while we were off
        self._parents = {c.id: c.depends_on for c in config.checks.values() if c.depends_on}
        self._children = topology.children(self._parents)
        for check in config.checks.values():
            watched = self._watched.get(check.id)
            if watched is None:
                row = Row(check.id, check.name, check.group, check.type, check.target)
                watched = _Watched(check, row, states.get(check.id, CheckState()))
                watched.incident = open_of.get(check.id)
                self._watched[check.id] = watched
                row.state, row.result = watched.state, last.get(check.id)
                watched.facts = row.result.facts if row.result is not None else {}
                if watched.incident is not None:
                    row.incident = watched.incident.id
                    self.board.show_incident(watched.incident)
            watched.check = check
            watched.wants = _wants(config, check)
            _describe(watched.row, check)
            self.board.put(watched.row)
        for check_id in paused:
            self._watched[check_id].row.overlays = frozenset({Overlay.PAUSED})
        for watched in self._watched.values():
            self._overlay(watched)
        self._proposals.configure(config)

    def _rename(self, was: str, check: str) -> None:
        """History follows: the same check under another id."""
        watched = self._watched[check] = self._watched.pop(was)
        self._held.discard(was)
        self.board.remove(was)
        watched.row = replace(watched.row, id=check)
        if was in self._draft.states:
            self._draft.states[check] = self._draft.states.pop(was)
        if watched.incident is not None:
            watched.incident = replace(watched.incident, check=check)
            self._keep(watched.incident)

    def remember_owed(self, notifications: Iterable[Notification]) -> None:
        """What open incidents were told before the restart: order and reminders go on."""
        for notification in notifications:
            if notification.incident is not None:
                owed = self._owed.setdefault(notification.incident, {})
                last, seq = owed.get(notification.channel, (0, 0))
                owed[notification.channel] = (
                    max(last, notification.created),
                    max(seq, notification.seq),
                )

    def state(self, check: str) -> CheckState | None:
        watched = self._watched.get(check)
        return None if watched is None else watched.state

    def before(self, check: str) -> Mapping[str, Fact]:
        """The facts of the last run that learnt any: one that was missed, or that we ourselves
        spoilt, does not make a probe forget what it expects of its target.
        """
        watched = self._watched.get(check)
        return watched.facts if watched is not None else {}

    # ---- results ----

    def record(self, result: Result) -> CheckState | None:
        """One result; returns the state after it, None where it is not news: the check is no
        longer watched, or was paused while it ran.
        """
        watched = self._watched.get(result.check)
        if watched is None:
            return None
        self._meter.probe(watched.check.type, result.status)
        if Overlay.PAUSED in watched.row.overlays:
            return None
        before = watched.state
        if result.id == before.last_id:  # that run was told already, whatever it says now
            self._meter.dropped(1)
            return before
        state, transition = observe(before, result, watched.check.policy)
        self._draft.results.append(result)
        if state is before:  # an older one: history, and at a start not the last that counted
            self._draft.states[result.check] = state
            return state
        if result.facts:
            watched.facts = result.facts
        watched.state = state
        self._expires = min(self._expires, state.valid_until)
        if transition is None and watched.incident is None and state.lasting == before.lasting:
            self._show(watched, state, result)  # nearly every result
        else:
            self._news(watched, before, state, transition, result)
        if self._held:
            for child in self._held.intersection(self._children.get(result.check, ())):
                self._evaluate(self._watched[child])
        return state

    def expire(self) -> None:
        """What time alone changes; called once a second, looks when the first may be over."""
        now = self._clock.now()
        if now <= self._expires:
            return
        for watched in self._watched.values():
            if watched.state.known and now > watched.state.valid_until:
                state, transition = expire(watched.check.id, watched.state, now)
                self._went_blind(watched, state, transition)
        known = (w.state.valid_until for w in self._watched.values() if w.state.known)
        self._expires = min(known, default=0)

    def reconsider(self) -> None:
        """What is proposed for incidents that last, by what fell or came back since."""
        for incident in self._proposals.again(self._clock.now()):
            self._watched[incident.check or ""].incident = incident
            self._keep(incident)

    def lost_sight(self, since: int, checks: Iterable[str] | None = None) -> None:
        """Nothing is known from `since` on: we were frozen, or these checks are paused."""
        now = self._clock.now()
        for check in list(self._watched) if checks is None else checks:
            watched = self._watched.get(check)
            if watched is not None:
                since_then = max(min(since, watched.state.valid_until), watched.state.since or 0)
                state, transition = blind(check, watched.state, since_then, now)
                self._went_blind(watched, state, transition)

    def set_back(self, step: int) -> None:
        """The clock was, by so many milliseconds (negative) to what it says now."""
        now = self._clock.now()
        self._expires = 0
        for check, watched in self._watched.items():
            self._went_blind(watched, *set_back(check, watched.state, now, step))

    def pause(self, pause: Pause) -> None:
        """An overlay entered, or withdrawn, by a person; the check is not known meanwhile."""
        watched = self._watched[pause.check]
        paused = pause.withdrawn is None
        overlays = watched.row.overlays - {Overlay.PAUSED}
        watched.row.overlays = overlays | {Overlay.PAUSED} if paused else overlays
        self.lay(pause, statements.of_pause(pause))
        if paused:
            self.lost_sight(pause.entered, [pause.check])
        for child in self._held.intersection(self._children.get(pause.check, ())):
            self._evaluate(self._watched[child])  # who is not measured holds nobody
        self.board.touch(watched.row)

    def maintain(self, checks: frozenset[str]) -> None:
        """Exactly these checks are in maintenance from now on. Nobody is told of them; who is
        down when it ends for them is told then.
        """
        if checks is self._maintained:
            return  # as every second says
        changed = self._maintained ^ checks
        self._maintained = checks
        for check in changed:
            watched = self._watched.get(check)
            if watched is not None:
                self._evaluate(watched)

    def lay(self, overlay: Entered | Pause, entry: Entry) -> None:
        """An overlay as it stands now, with its statement, into the next commit (at once)."""
        self._draft.overlays[overlay.id] = overlay
        self.enter(entry)

    def draw_overlay(self) -> int:
        """The number of a new overlay."""
        number = self._next_overlay
        self._next_overlay += 1
        return number

    def fare(self, own: OwnState) -> None:
        """How the monitor itself fared, with the next steady results."""
        self._draft.own.append(own)

    # ---- people ----

    def incident(self, number: int) -> Incident:
        """An incident still in memory as it stands, if not yet shown: open, or closed in this
        life. KeyError otherwise.
        """
        return self._unshown.get(number) or self.board.incidents[number]

    async def revise(
        self, number: int, entry: Entry, stored: Incident | None = None, **changes: object
    ) -> Incident:
        """A person's statement about an incident: entered in the ledger, stored, shown.

        `stored` is one that memory does not hold. Raises KeyError for an unknown one.
        """
        incident = replace(stored or self.incident(number), **changes)  # type: ignore[arg-type]
        watched = self._watched.get(incident.check or "")
        if watched is not None and watched.incident and watched.incident.id == number:
            watched.incident = incident
            self._overlay(watched)
        if "cause" in changes:
            self._proposals.changed()  # of what hangs on it, too
        self._draft.entries.append(entry)
        self._keep(incident)
        await self.flushed()
        return incident

    def enter(self, entry: Entry) -> None:
        """A statement for the ledger, with the next commit (at once)."""
        self._draft.entries.append(entry)
        self._urgent.set()

    async def commit(self, batch: Batch) -> None:
        """Notifications claimed and marked by the notifier, through the one queue.

        Returns when stored; raises NotStored when the store fails or takes too long. It is
        written in its order all the same when the store returns.
        """
        self._saving.add_newer(batch)
        stored = await self._saving.stored()
        for number in {n.incident for n in batch.notifications if n.incident is not None}:
            if number in self.board.incidents:  # who was told is part of what is shown
                self.board.show_incident(self.board.incidents[number])
        if not stored:
            raise NotStored(self.store_error or "the store is slow")

    async def flushed(self) -> None:
        """Returns when everything recorded until now is stored, or could not be."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._draft.done.append(done)
        self._urgent.set()
        await done

    # ---- the commit loop ----

    async def run(self) -> None:
        """Group steady results into few commits, what is not steady into one a second; a
        transition commits at once.
        """
        loop = asyncio.get_running_loop()
        due = loop.time() + COMMIT_EVERY
        steady_due = loop.time() + STEADY_EVERY
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(due):
                    await self._urgent.wait()
            try:
                now = loop.time() + RESOLUTION
                if now >= due:  # in a storm, too, when there is always something urgent
                    due = now + COMMIT_EVERY
                    self.expire()
                    self.reconsider()
                many = len(self._draft.results) >= STEADY_MOST
                wanted = self._urgent.is_set() or not self._draft.steady
                if wanted or many or now >= steady_due:
                    steady_due = now + STEADY_EVERY
                    await self.save()
            except Exception:
                log.exception("a fault of the recorder; it goes on")

    async def save(self) -> None:
        """Store what was recorded, then show it, then tell."""
        self._urgent.clear()
        draft, self._draft = self._draft, _Draft()
        self._saving.add(draft.batch(self._clock.now()))
        stored = await self._saving.stored()
        try:
            for show in draft.after:
                show()
            notifications = [replace(n, stored=stored) for n in draft.notifications.values()]
            if notifications:
                self._tell(notifications)
        finally:
            for done in draft.done:
                if not done.done():
                    done.set_result(None)

    async def close(self) -> None:
        """The last commit."""
        await self.save()

    # ---- conclusions ----

    def _news(
        self,
        watched: _Watched,
        before: CheckState,
        state: CheckState,
        transition: Transition | None,
        result: Result,
    ) -> None:
        if before.fails == 0 and state.fails > 0:
            for parent in watched.row.depends_on:
                self._probe_soon(parent)
        if state.lasting != before.lasting:
            self._draft.states[watched.check.id] = state
        stumbled = blip(before, state, result)
        if stumbled is not None:
            self._draft.blips.append(stumbled)
        self._conclude(watched, transition)
        self._show(watched, state, result, late=transition is not None)

    def _went_blind(
        self, watched: _Watched, state: CheckState, transition: Transition | None
    ) -> None:
        if state is watched.state:
            return
        watched.state = state
        self._draft.states[watched.check.id] = state
        if transition is not None:
            self._conclude(watched, transition)
        self._show(watched, state, watched.row.result, late=transition is not None)

    def _conclude(self, watched: _Watched, transition: Transition | None) -> None:
        if transition is not None:
            self._draft.transitions.append(transition)
            self._urgent.set()
            if transition.changed:
                self._proposals.changed()
            before = watched.incident
            is_down = transition.changed and transition.new is Condition.DOWN
            for incident in follow(
                before,
                transition,
                number=self._draw_incident,
                severity=watched.check.severity,
                affected=self._behind(watched) if is_down else (),
                told_degraded=[want.channel for want in watched.wants if want.degraded],
            ):
                incident = self._proposals.of(incident)
                if before is not None and incident.id == before.id and not incident.open:
                    # What its channels are still owed is decided while it is at hand.
                    incident = self._owe(watched, incident)
                    watched.incident = None
                else:
                    watched.incident = incident
                self._keep(incident)
            said = watched.incident or before
            self._draft.entries.append(
                statements.of_transition(transition, said.id if said else None)
            )
            log.info(
                "%s: %s -> %s (%s) since %d",
                watched.check.id, transition.old_state, transition.new_state,
                transition.reason or "", transition.began,
            )  # fmt: skip
        self._evaluate(watched)

    def _behind(self, watched: _Watched) -> tuple[str, ...]:
        return topology.behind(watched.check.id, self._parents, self._children)

    def _evaluate(self, watched: _Watched) -> None:
        """Rule N for the open incident of a check, and its overlays."""
        if watched.incident is None:
            self._held.discard(watched.check.id)
        else:
            incident = self._owe(watched, watched.incident)
            if incident is not watched.incident:
                watched.incident = incident
                self._keep(incident)
        self._overlay(watched)

    def _is_held(self, watched: _Watched) -> bool:
        """Whether its parents keep its message back; remembers it, so that they release it."""
        parents = watched.check.depends_on
        held = bool(parents) and topology.holds(watched.state, parents, self.measured)
        (self._held.add if held else self._held.discard)(watched.check.id)
        return held

    def measured(self, check: str) -> CheckState | None:
        """The state of a check that is being watched; a paused one says nothing."""
        watched = self._watched.get(check)
        paused = watched is None or Overlay.PAUSED in watched.row.overlays
        return None if watched is None or paused else watched.state

    def incident_of(self, check: str) -> Incident | None:
        """The open one of a check."""
        watched = self._watched.get(check)
        return None if watched is None else watched.incident

    def is_maintained(self, check: str) -> bool:
        return check in self._maintained

    def _owe(self, watched: _Watched, incident: Incident) -> Incident:
        """Write down what its channels are owed now; returns the incident that knows it."""
        now = self._clock.now()
        last = self._owed.setdefault(incident.id, {})
        held = self._is_held(watched)
        owed = alerting.decide(
            incident,
            watched.state,
            watched.wants,
            held=held or watched.check.id in self._maintained,
            now=now,
            last_owed={channel: at for channel, (at, _) in last.items()},
        )
        for one in owed:
            seq = last.get(one.channel, (0, 0))[1] + 1
            last[one.channel] = (now, seq)
            number = self._next_notification
            self._next_notification += 1
            self._draft.notifications[number] = Notification(
                id=number,
                incident=incident.id,
                channel=one.channel,
                kind=one.kind,
                seq=seq,
                created=now,
                due=one.due,
            )
        if not owed:
            return incident
        self._urgent.set()
        told = {o.channel: alerting.TOLD[o.kind].value for o in owed}
        return replace(incident, told={**incident.told, **told})

    def _keep(self, incident: Incident) -> None:
        """Into the next commit, and onto the board after it."""
        self._draft.incidents[incident.id] = self._unshown[incident.id] = incident

        def show() -> None:
            self.board.show_incident(incident)
            if self._unshown.get(incident.id) is incident:
                del self._unshown[incident.id]

        self._draft.after.append(show)
        if not incident.open:
            self._owed.pop(incident.id, None)
        self._urgent.set()

    def _overlay(self, watched: _Watched) -> None:
        overlays = watched.row.overlays & {Overlay.PAUSED}
        if watched.check.id in self._maintained:
            overlays |= {Overlay.MAINTENANCE}
        incident = watched.incident
        if incident is not None:
            if incident.acked and incident.acked.holds(self._clock.now()):
                overlays |= {Overlay.ACKNOWLEDGED}
            if watched.state.condition is Condition.DOWN and watched.check.id in self._held:
                overlays |= {Overlay.UNREACHABLE}
        if watched.state.flapping:
            overlays |= {Overlay.FLAPPING}
        if overlays != watched.row.overlays:
            watched.row.overlays = overlays
            self.board.touch(watched.row)

    def _show(
        self, watched: _Watched, state: CheckState, result: Result | None, *, late: bool = False
    ) -> None:
        """Onto the board: at once, or after the commit that what is shown waits for."""
        if not late and watched.showing == 0:
            row = watched.row
            row.state, row.result = state, result
            self.board.touch(row)
            return
        watched.showing += 1
        incident = watched.incident.id if watched.incident else None

        def show() -> None:
            watched.showing -= 1
            row = watched.row
            row.state, row.result, row.incident = state, result, incident
            self.board.touch(row)

        self._draft.after.append(show)

    def _forget(self, check: str, now: int) -> None:
        """A check left the configuration: its incident closes without a recovery, and it
        begins anew if it ever comes back.
        """
        watched = self._watched.pop(check)
        self._held.discard(check)
        incident, watched.incident = watched.incident, None
        _, blinded = blind(check, watched.state, min(now, watched.state.valid_until), now)
        if blinded is not None:
            self._draft.transitions.append(blinded)
            number = None if incident is None else incident.id
            self._draft.entries.append(statements.of_transition(blinded, number))
        self._draft.states[check] = CheckState()
        if incident is not None:
            self._keep(_removed(incident, now))
        self.board.remove(check)
        self._urgent.set()

    def _draw_incident(self) -> int:
        number = self._next_incident
        self._next_incident += 1
        return number


def _describe(row: Row, check: Check) -> None:
    """What a row shows of the configuration; a reload changes it in place."""
    row.name, row.group, row.type, row.target = check.name, check.group, check.type, check.target
    row.labels, row.severity = dict(check.labels), check.severity
    row.interval, row.objective = check.interval, check.objective
    row.depends_on = tuple(sorted({parent for ways in check.depends_on for parent in ways}))
    row.public = check.public.name if check.public else None


def _removed(incident: Incident, now: int) -> Incident:
    return replace(incident, ended=max(now, incident.began), closing="removed")


def _wants(config: Config, check: Check) -> tuple[Want, ...]:
    return alerting.union(
        Want(
            channel,
            route.degraded,
            round(route.group_wait * 1000),
            round(route.repeat_interval * 1000) or None,
        )
        for route in config.routes
        if route.match.matches(check)
        for channel in route.channels
    )
