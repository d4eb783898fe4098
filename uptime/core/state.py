"""The state machine: results become a condition, and it is known or it is not.

Pure: a result carries its own time and number, nobody is asked what time it is. Rules are
those of the design, section 5; dating a confirmed change back to the first result of its
streak follows Healthchecks' flips and Kener's retroactive confirmation, the flapping measure
is Icinga 2's.
"""

from __future__ import annotations

from uptime.core.model import LASTING, CheckState, Condition, Policy, Result, Status, Transition

_FLIP_BITS = 20
_FLIP_MASK = (1 << _FLIP_BITS) - 1
# Icinga 2: the oldest of 20 changes weighs 0.80, the newest 1.18.
_FLIP_WEIGHTS = tuple(1.18 - 0.02 * age for age in range(_FLIP_BITS))
_DATED = (
    "since", "since_bound", "blind_from", "seen_from", "fails_from", "fails_bound", "poors_from",
    "poors_bound", "goods_from", "goods_bound", "ups_from", "ups_bound", "last_at", "last_known",
    "valid_until",
)  # fmt: skip
_FLAPPING_ABOVE, _FLAPPING_UNTIL = 30.0, 25.0


def observe(
    state: CheckState, result: Result, policy: Policy
) -> tuple[CheckState, Transition | None]:
    """What one more result makes of a check.

    An older result than the last (by `id`) changes nothing. Unknown never replaces the
    condition, resets a counter or closes anything: it only ends that the condition is known.
    """
    if result.id <= state.last_id:
        return state, None
    if _steady(state, result, policy):
        return _carry_on(state, result, policy), None
    before = state
    if result.at > state.valid_until:
        since = state.valid_until if state.known else state.blind_from
        state = state._replace(known=False, blind_from=since, seen_from=None)
    if result.status is Status.UNKNOWN:
        return _lose_sight(before, state, result)
    state = _count(state, result, policy)
    condition, began, bound = _confirm(state, policy)
    changed = condition is not state.condition
    agrees = result.status.value == condition.value
    was_blind = state.blind_from
    seen_from = state.seen_from if state.seen_from is not None else result.at
    if changed or agrees:
        after = state._replace(
            condition=condition,
            since=began if changed else state.since,
            since_bound=bound if changed else state.since_bound,
            known=True,
            blind_from=None,
            seen_from=None,
        )
        if not changed and was_blind is None:
            return after, None
        unknown = None if was_blind is None else (was_blind, seen_from)
        if not before.known and unknown is None and began < seen_from:
            unknown = (began, seen_from)  # the first of the streak were seen before a gap
        return after, _transition(
            before, after, result, began if changed else seen_from, bound, unknown
        )
    if state.known:
        return state, None
    after = state._replace(seen_from=seen_from)
    if not before.known:
        return after, None
    since = state.blind_from if state.blind_from is not None else result.at
    return after, _transition(before, after, result, since, before.last_known, (since, None))


def expire(check: str, state: CheckState, now: int) -> tuple[CheckState, Transition | None]:
    """What time alone makes of a check: past its validity the condition is not known."""
    if state.known and now > state.valid_until:
        return blind(check, state, state.valid_until, now)
    return state, None


def blind(
    check: str, state: CheckState, since: int, found: int
) -> tuple[CheckState, Transition | None]:
    """Nothing is known from `since` on (the daemon was off, the check was paused)."""
    if not state.known:
        return (state if state.seen_from is None else state._replace(seen_from=None)), None
    after = state._replace(known=False, blind_from=since, seen_from=None)
    return after, Transition(
        check=check,
        at=found,
        old=state.condition,
        new=state.condition,
        old_state=state.state,
        new_state=after.state,
        began=since,
        bound=state.last_known,
        unknown=(since, None),
        reason="stale",
    )


def set_back(
    check: str, state: CheckState, now: int, step: int | None = None
) -> tuple[CheckState, Transition | None]:
    """The clock was set back to `now`: it tells the time from there on, and what was dated later
    is not. By `step` (negative, ms) if we were there: then the last result goes on to hold for
    as long as it did; else nothing is known until there is another.
    """
    dated = {name: min(getattr(state, name), now) for name in _DATED if getattr(state, name)}
    after = state._replace(**dated)
    if state.condition is Condition.NONE:
        return after, None
    if step is not None and state.known and state.valid_until >= now - step:
        since, until = now, now
        after = after._replace(valid_until=state.valid_until + step)
    else:
        since, until = min(state.valid_until, now) if state.known else now, None
        after = after._replace(known=False, blind_from=since, seen_from=None)
    return after, Transition(
        check=check,
        at=now,
        old=state.condition,
        new=state.condition,
        old_state=state.state,
        new_state=after.state,
        began=since,
        bound=after.last_known,
        unknown=(since, until),
        reason="stale" if until is None else None,
    )


def flapping_percent(flips: int) -> float:
    """Icinga 2's weighted share of changes among the last 20 results, 0..~100."""
    weighted = sum(weight for age, weight in enumerate(_FLIP_WEIGHTS) if flips >> age & 1)
    return 100.0 * weighted / _FLIP_BITS


def _steady(state: CheckState, result: Result, policy: Policy) -> bool:
    """Up after up, nothing pending: nearly every result, so it is told apart first."""
    return (
        result.status is Status.UP
        and state.condition is Condition.UP
        and state.known
        and state.flips == 0
        and state.poors == 0
        and state.ups >= policy.success_threshold
        and result.at <= state.valid_until
    )


def _carry_on(state: CheckState, result: Result, policy: Policy) -> CheckState:
    at = result.at
    moved = result.id, at, at, state.last_status, at + policy.validity_ms
    return CheckState._make(state[:LASTING] + moved)  # `_replace` costs five times as much


def _lose_sight(
    before: CheckState, state: CheckState, result: Result
) -> tuple[CheckState, Transition | None]:
    since = result.at if state.blind_from is None else state.blind_from
    after = state._replace(
        last_id=result.id,
        last_at=result.at,
        known=False,
        blind_from=None if state.condition is Condition.NONE else since,
        seen_from=None,
    )
    if not before.known:
        return after, None
    return after, _transition(before, after, result, since, before.last_known, (since, None))


def _count(state: CheckState, result: Result, policy: Policy) -> CheckState:
    """The four runs after one more result, saturated so that a steady check stays equal."""
    status, at, last = result.status, result.at, state.last_known
    failing, poor = status is Status.DOWN, status is not Status.UP
    differs = state.last_status is not None and status is not state.last_status
    flips = (state.flips << 1 | differs) & _FLIP_MASK
    percent = flapping_percent(flips)

    def run(
        count: int, since: int, bound: int | None, goes_on: bool, limit: int
    ) -> tuple[int, int, int | None]:
        if not goes_on:
            return 0, 0, None
        if count == 0:
            return 1, at, last
        return min(count + 1, limit), since, bound

    bad, good = policy.failure_threshold, policy.success_threshold
    fails, fails_from, fails_bound = run(
        state.fails, state.fails_from, state.fails_bound, failing, bad
    )
    poors, poors_from, poors_bound = run(
        state.poors, state.poors_from, state.poors_bound, poor, bad
    )
    goods, goods_from, goods_bound = run(
        state.goods, state.goods_from, state.goods_bound, not failing, good
    )
    ups, ups_from, ups_bound = run(state.ups, state.ups_from, state.ups_bound, not poor, good)
    return state._replace(fails=fails, fails_from=fails_from, fails_bound=fails_bound,
        poors=poors, poors_from=poors_from, poors_bound=poors_bound,
        goods=goods, goods_from=goods_from, goods_bound=goods_bound,
        ups=ups, ups_from=ups_from, ups_bound=ups_bound,
        flips=flips,
        flapping=percent > (_FLAPPING_UNTIL if state.flapping else _FLAPPING_ABOVE),
        last_id=result.id,
        last_at=at,
        last_known=at,
        last_status=status,
        valid_until=at + policy.validity_ms,
    )  # fmt: skip


def _confirm(state: CheckState, policy: Policy) -> tuple[Condition, int, int | None]:
    """The condition the counters speak for, since when, and the last result before that."""
    down = state.fails >= policy.failure_threshold
    # Saturated at the same threshold as `fails`: reached without `down`, not all were failing.
    degraded = state.poors >= policy.failure_threshold
    match state.condition:
        case Condition.NONE if state.ups > 0:
            return Condition.UP, state.ups_from, state.ups_bound
        case Condition.NONE | Condition.UP if down:
            return Condition.DOWN, state.fails_from, state.fails_bound
        case Condition.NONE | Condition.UP if degraded:
            return Condition.DEGRADED, state.poors_from, state.poors_bound
        case Condition.DEGRADED if down:
            return Condition.DOWN, state.fails_from, state.fails_bound
        case Condition.DEGRADED if state.ups >= policy.success_threshold:
            return Condition.UP, state.ups_from, state.ups_bound
        case Condition.DOWN if state.goods >= policy.success_threshold:
            # Up only if every one of them was up: what was seen degraded is not called normal.
            recovered = state.ups >= policy.success_threshold
            return (
                Condition.UP if recovered else Condition.DEGRADED,
                state.goods_from,
                state.goods_bound,
            )
    return state.condition, state.since or 0, state.since_bound


def _transition(
    before: CheckState,
    after: CheckState,
    result: Result,
    began: int,
    bound: int | None,
    unknown: tuple[int, int | None] | None,
) -> Transition:
    return Transition(
        check=result.check,
        at=result.at + round(result.duration * 1000),
        old=before.condition,
        new=after.condition,
        old_state=before.state,
        new_state=after.state,
        began=began,
        bound=bound,
        unknown=unknown,
        reason=result.reason,
        detail=result.detail,
        result_id=result.id,
    )
