"""The worker's promises on fake time: claim, send, mark; order, merging, back-off, giving up."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest

from probes.base import Secret
from tests.uptime.notify.world import BEGAN, MINUTE, Channel, World, incident, running, subject
from uptime.core.model import Delivery, Notification, Status
from uptime.notify import Sent, Verdict
from uptime.notify.render import Message

pytestmark = pytest.mark.looptime(start=0)

HOUR = 3600


async def test_a_row_is_claimed_in_the_store_before_it_is_sent_and_marked_after() -> None:
    world = World()
    seen: list[Delivery] = []
    sender = world.senders["piket"]
    original = sender.send

    async def spy(message: Message) -> Sent:
        seen.append(world.state(row))
        return await original(message)

    sender.send = spy  # type: ignore[method-assign]
    async with running(world.notifier()) as notifier:
        row = world.owe("down")
        notifier.offer([row])
        await asyncio.sleep(1)
    assert seen == [Delivery.CLAIMED]
    assert [r.state for r in world.history] == [Delivery.CLAIMED, Delivery.DELIVERED]
    assert world.history[0].attempts == 1
    assert world.history[0].attempted is not None
    assert world.metrics.outcomes == {("piket", "delivered"): 1}
    assert [r.state for r in notifier.told(482)] == [Delivery.DELIVERED]


async def test_the_first_retry_comes_within_five_seconds_and_none_is_later_than_a_minute() -> None:
    world = World()
    sender = world.senders["piket"]
    sender.default = Verdict.FAILED
    async with running(world.notifier()) as notifier:
        notifier.offer([world.owe("down")])
        await asyncio.sleep(2 * HOUR)
    waits = [b - a for a, b in pairwise(sender.times)]
    assert 1 < waits[0] < 5
    assert max(waits) <= 61
    assert waits[-1] > 25
    assert world.metrics.outcomes["piket", "failed"] == len(sender.times)


async def test_a_refused_sender_is_tried_once_more_soon_and_then_by_the_minute() -> None:
    world = World()
    sender = world.senders["piket"]
    sender.default = Sent(Verdict.REFUSED, "401")
    async with running(world.notifier()) as notifier:
        notifier.offer([world.owe("down")])
        await asyncio.sleep(200)
    waits = [b - a for a, b in pairwise(sender.times)]
    assert waits[0] < 5
    assert all(59 < wait < 61 for wait in waits[1:])


async def test_what_the_service_asks_for_is_obeyed_beyond_a_minute_and_by_every_message() -> None:
    world = World()
    sender = world.senders["piket"]
    sender.script.append(Sent(Verdict.FAILED, "429", retry_after=120.0))
    async with running(world.notifier()) as notifier:
        notifier.offer([world.owe("down", 1)])
        await asyncio.sleep(10)
        notifier.offer([world.owe("down", 2)])
        await asyncio.sleep(100)
        assert len(sender.times) == 1
        await asyncio.sleep(30)
    assert len(sender.times) == 3
    assert sender.times[1] - sender.times[0] >= 120


async def test_a_failing_row_keeps_back_its_own_incident_until_it_has_passed() -> None:
    world = World()
    world.senders["piket"].script.extend([Verdict.FAILED] * 3)
    down = world.owe("down")
    async with running(world.notifier()) as notifier:
        notifier.offer([down])
        await asyncio.sleep(1)
        later = world.owe("reminder", due=world.now() + 5000)
        notifier.offer([later])
        await asyncio.sleep(120)
    titles = [message.title for message in world.senders["piket"].received]
    assert titles[0].startswith("[P2 HIGH] DOWN")
    assert world.state(down) is Delivery.DELIVERED
    assert world.state(later) in {Delivery.DELIVERED, Delivery.MERGED}


async def test_a_message_nobody_takes_does_not_stop_other_incidents() -> None:
    world = World()
    sender = world.senders["piket"]
    original = sender.send

    async def picky(message: Message) -> Sent:
        if message.title.endswith("check-1"):
            sender.attempts.append((asyncio.get_running_loop().time(), message))
            return Sent(Verdict.FAILED, "500")
        return await original(message)

    sender.send = picky  # type: ignore[method-assign]
    async with running(world.notifier()) as notifier:
        notifier.offer([world.owe("down", 1)])
        for number in range(2, 200):
            notifier.offer([world.owe("down", number)])
        await asyncio.sleep(60)
    assert len(sender.received) == 198


async def test_a_dead_channel_is_probed_and_not_flooded() -> None:
    world = World()
    sender = world.senders["piket"]
    sender.default = Verdict.FAILED
    async with running(world.notifier()) as notifier:
        notifier.offer([world.owe("down", number) for number in range(400)])
        await asyncio.sleep(2 * HOUR)
        before = len(sender.times)
        assert before < 2 * HOUR / 2
        sender.default = Verdict.DELIVERED
        await asyncio.sleep(61)
    assert len(sender.received) == 400


async def test_news_knocks_at_a_failing_channel_at_once() -> None:
    world = World()
    sender = world.senders["piket"]
    sender.default = Verdict.FAILED
    async with running(world.notifier()) as notifier:
        notifier.offer([world.owe("down", 1)])
        await asyncio.sleep(HOUR)
        sender.default = Verdict.DELIVERED
        notifier.offer([world.owe("down", 2)])
        await asyncio.sleep(3)
        assert len(sender.received) == 2


async def test_an_outage_and_its_recovery_that_wait_together_are_one_message() -> None:
    world = World()
    sender = world.senders["piket"]
    sender.script.extend([Verdict.FAILED] * 2)
    async with running(world.notifier()) as notifier:
        down = world.owe("down")
        notifier.offer([down])
        await asyncio.sleep(1)
        up = world.recover()
        notifier.offer([up])
        await asyncio.sleep(60)
    (message,) = sender.received
    assert message.title == "ALREADY RECOVERED: Name of check-482 (was down 02:10–02:25 WIB)"
    assert "could not be delivered" in message.body
    assert world.state(down) is Delivery.MERGED
    assert world.state(up) is Delivery.DELIVERED
    assert world.metrics.outcomes["piket", "merged"] == 1


async def test_a_recovery_after_a_delivered_outage_is_a_message_of_its_own() -> None:
    world = World()
    async with running(world.notifier()) as notifier:
        notifier.offer([world.owe("down")])
        await asyncio.sleep(1)
        notifier.offer([world.recover()])
        await asyncio.sleep(1)
    first, second = world.senders["piket"].received
    assert first.title == "[P2 HIGH] DOWN: Name of check-482"
    assert second.title == "RECOVERED: Name of check-482"
    assert "15 min" in second.body
    assert "02:10–02:25 WIB" in second.body


async def test_an_outage_given_up_is_told_by_its_recovery() -> None:
    world = World()
    sender = world.senders["piket"]
    sender.script.extend([Verdict.MALFORMED, Verdict.MALFORMED])
    async with running(world.notifier()) as notifier:
        down = world.owe("down")
        notifier.offer([down])
        await asyncio.sleep(1)
        assert world.state(down) is Delivery.DEAD
        notifier.offer([world.recover()])
        await asyncio.sleep(1)
    (message,) = sender.received
    assert message.title.startswith("ALREADY RECOVERED")
    assert "could not be delivered" in message.body


async def test_an_outage_that_ended_before_its_message_left_says_so() -> None:
    world = World()
    row = world.owe("down")
    world.incidents[482] = incident(ended=BEGAN + 15 * MINUTE, closing="recovered")
    world.subjects["check-482"] = subject("check-482", state=Status.UP)
    async with running(world.notifier()) as notifier:
        notifier.offer([row])
        await asyncio.sleep(1)
    (message,) = world.senders["piket"].received
    assert "already recovered" in message.body
    assert "State now: up." in message.body


async def test_a_refused_text_is_sent_once_more_shorter_and_then_given_up() -> None:
    world = World()
    affected = tuple(f"member-{n}" for n in range(400))
    world.incidents[482] = incident(affected=affected)
    sender = world.senders["piket"]
    sender.default = Verdict.MALFORMED
    async with running(world.notifier()) as notifier:
        row = world.owe("down")
        other = world.owe("down", 7)
        notifier.offer([row])
        await asyncio.sleep(5)
        sender.default = Verdict.DELIVERED
        notifier.offer([other])
        await asyncio.sleep(1)
    long, short = (message for _, message in sender.attempts[:2])
    assert 1000 < len(long.body) <= 3500
    assert len(short.body) <= 900
    assert world.state(row) is Delivery.DEAD
    assert world.state(other) is Delivery.DELIVERED


async def test_a_message_that_may_have_arrived_says_so_when_it_is_repeated() -> None:
    world = World()
    sender = world.senders["piket"]
    sender.script.extend([Verdict.UNKNOWN, Verdict.FAILED])
    async with running(world.notifier()) as notifier:
        row = world.owe("down")
        notifier.offer([row])
        await asyncio.sleep(1)
        assert world.state(row) is Delivery.CLAIMED
        await asyncio.sleep(60)
    marks = ["May be a repeat." in message.body for _, message in sender.attempts]
    assert marks == [False, True, True]
    assert world.state(row) is Delivery.DELIVERED


async def test_a_known_failure_is_not_called_a_repeat() -> None:
    world = World()
    world.senders["piket"].script.append(Verdict.FAILED)
    async with running(world.notifier()) as notifier:
        notifier.offer([world.owe("down")])
        await asyncio.sleep(10)
    (message,) = world.senders["piket"].received
    assert "repeat" not in message.body


async def test_a_row_claimed_before_a_crash_is_sent_again_and_marked() -> None:
    world = World()
    row = world.owe("down")
    claimed = replace(row, state=Delivery.CLAIMED, attempts=1, attempted=row.created)
    async with running(world.notifier()) as notifier:
        notifier.offer([claimed])
        await asyncio.sleep(1)
    (message,) = world.senders["piket"].received
    assert "May be a repeat." in message.body
    assert world.state(row) is Delivery.DELIVERED


async def test_after_a_day_of_failures_a_message_is_given_up_loudly(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World()
    sender = world.senders["piket"]
    sender.default = Verdict.FAILED
    async with running(world.notifier()) as notifier:
        row = world.owe("down")
        notifier.offer([row])
        await asyncio.sleep(24 * HOUR - 120)
        assert world.state(row) is Delivery.PENDING
        await asyncio.sleep(300)
        assert world.state(row) is Delivery.DEAD
        tried = len(sender.times)
        await asyncio.sleep(HOUR)
        assert len(sender.times) == tried
    assert world.metrics.outcomes["piket", "dead"] == 1
    assert "INC-482.1.down.piket was not delivered" in caplog.text
    assert notifier.pending() == {"piket": 0}


async def test_a_message_owed_for_longer_than_a_day_still_gets_its_one_attempt() -> None:
    world = World()
    row = world.owe("down", created=BEGAN - 30 * 60 * MINUTE)
    async with running(world.notifier()) as notifier:
        notifier.offer([row])
        await asyncio.sleep(1)
    (message,) = world.senders["piket"].received
    assert "1800 min late" in message.body


async def test_a_broken_store_does_not_stop_a_message_and_learns_its_state_later() -> None:
    world = World()
    world.store_error = OSError("disk full")
    async with running(world.notifier()) as notifier:
        row = world.owe("down")
        notifier.offer([replace(row, stored=False)])
        await asyncio.sleep(1)
        (message,) = world.senders["piket"].received
        assert "Not stored" in message.body
        assert world.state(row) is Delivery.PENDING
        assert notifier.told(482)[0].state is Delivery.DELIVERED
        world.store_error = None
        await asyncio.sleep(10)
        assert world.state(row) is Delivery.DELIVERED


async def test_a_store_that_hangs_delays_a_message_by_two_seconds_at_most() -> None:
    world = World()
    world.commit_takes = 60.0
    async with running(world.notifier()) as notifier:
        notifier.offer([world.owe("down", 1), world.owe("down", 2)])
        await asyncio.sleep(5)
        assert [round(at, 1) for at in world.senders["piket"].times] == [2.0, 2.4]
        world.commit_takes = 0.0
        await asyncio.sleep(70)
    assert {row.state for row in world.rows.values()} == {Delivery.DELIVERED}


async def test_a_slow_channel_does_not_hold_up_another() -> None:
    world = World("slow", "quick")
    world.senders["slow"].takes = 15.0
    async with running(world.notifier()) as notifier:
        rows = [world.owe("down", n, channel) for n in range(5) for channel in world.channels]
        notifier.offer(rows)
        await asyncio.sleep(1)
        assert len(world.senders["quick"].received) == 5
        assert len(world.senders["slow"].received) == 0


async def test_a_removed_channel_leaves_its_rows_dead_with_the_reason() -> None:
    world = World("piket", "other")
    world.senders["piket"].default = Verdict.FAILED
    async with running(world.notifier()) as notifier:
        row = world.owe("down")
        notifier.offer([row])
        await asyncio.sleep(1)
        del world.channels["piket"]
        notifier.on_channels_changed()
        await asyncio.sleep(1)
        assert world.state(row) is Delivery.DEAD
        assert "removed" in world.error(row)
        assert notifier.pending() == {"other": 0}
        late = world.owe("reminder")
        notifier.offer([late])
        await asyncio.sleep(1)
        assert world.state(late) is Delivery.DEAD
    assert world.metrics.outcomes["piket", "dead"] == 2


async def test_an_attempt_under_way_when_its_channel_is_removed_may_still_succeed() -> None:
    world = World()
    world.senders["piket"].takes = 5.0
    async with running(world.notifier()) as notifier:
        row = world.owe("down")
        notifier.offer([row, waiting := world.owe("down", 7)])
        await asyncio.sleep(1)
        del world.channels["piket"]
        notifier.on_channels_changed()
        await asyncio.sleep(10)
    assert world.state(row) is Delivery.DELIVERED
    assert world.state(waiting) is Delivery.DEAD


async def test_a_changed_address_is_tried_at_once() -> None:
    world = World()
    world.senders["piket"].default = Verdict.REFUSED
    async with running(world.notifier()) as notifier:
        notifier.offer([world.owe("down")])
        await asyncio.sleep(10)
        old = world.senders.pop("piket")
        world.channels["piket"] = Channel("piket", url=Secret("json://127.0.0.1:10/"))
        notifier.on_channels_changed()
        await asyncio.sleep(0.1)
        assert len(world.senders["piket"].received) == 1
        assert len(old.times) == 2


async def test_a_reload_that_changes_nothing_leaves_the_waits_as_they_are() -> None:
    world = World()
    world.senders["piket"].default = Verdict.REFUSED
    async with running(world.notifier()) as notifier:
        notifier.offer([world.owe("down")])
        await asyncio.sleep(10)
        notifier.on_channels_changed()
        await asyncio.sleep(0.1)
        assert len(world.senders["piket"].times) == 2


async def test_closing_sends_what_can_go_now_and_leaves_the_rest_in_the_store() -> None:
    world = World("piket", "dead")
    world.senders["dead"].default = Verdict.FAILED
    notifier = world.notifier()
    task = asyncio.create_task(notifier.run())
    await asyncio.sleep(0)
    rows = [world.owe("down", n) for n in range(20)]
    stuck = world.owe("down", 99, "dead")
    notifier.offer([*rows, stuck])
    await notifier.close(5.0)
    await task
    assert {world.state(row) for row in rows} == {Delivery.DELIVERED}
    assert world.state(stuck) is Delivery.PENDING
    assert asyncio.get_running_loop().time() < 5


async def test_closing_does_not_wait_longer_than_it_was_told() -> None:
    world = World()
    world.senders["piket"].takes = 100.0
    notifier = world.notifier()
    task = asyncio.create_task(notifier.run())
    await asyncio.sleep(0)
    row = world.owe("down")
    notifier.offer([row])
    await notifier.close(3.0)
    await task
    assert 3.0 <= asyncio.get_running_loop().time() < 4.0
    assert world.state(row) is Delivery.CLAIMED


async def test_rows_offered_before_the_start_are_sent_at_the_start() -> None:
    world = World()
    notifier = world.notifier()
    notifier.offer([world.owe("down")])
    assert notifier.pending() == {"piket": 1}
    assert notifier.oldest() == BEGAN
    async with running(notifier):
        await asyncio.sleep(1)
    assert len(world.senders["piket"].received) == 1
    assert notifier.oldest() is None


async def test_a_row_offered_twice_is_sent_once() -> None:
    world = World()
    async with running(world.notifier()) as notifier:
        row = world.owe("down")
        notifier.offer([row, row])
        await asyncio.sleep(1)
        notifier.offer([row])
        await asyncio.sleep(1)
    assert len(world.senders["piket"].received) == 1


async def test_a_row_waits_until_it_is_due() -> None:
    world = World()
    async with running(world.notifier()) as notifier:
        notifier.offer([world.owe("down", due=BEGAN + 30_000)])
        await asyncio.sleep(60)
    assert [round(at) for at in world.senders["piket"].times] == [30]
    assert "late" not in world.senders["piket"].received[0].body


async def test_a_wall_clock_set_back_does_not_delay_a_retry() -> None:
    world = World()
    sender = world.senders["piket"]
    sender.script.extend([Verdict.FAILED] * 2)
    async with running(world.notifier()) as notifier:
        notifier.offer([world.owe("down")])
        await asyncio.sleep(1)
        world.ahead = -HOUR * 1000
        await asyncio.sleep(30)
        assert len(sender.received) == 1
    again = World()
    row = replace(again.owe("down"), attempts=3, due=BEGAN + HOUR * 1000)
    async with running(again.notifier()) as notifier:
        notifier.offer([row])
        await asyncio.sleep(61)
        assert len(again.senders["piket"].received) == 1


async def test_a_fault_in_making_the_text_costs_the_text_and_not_the_message() -> None:
    world = World()
    row = world.owe("down")
    world.incidents[482] = incident(began="nonsense")
    async with running(world.notifier()) as notifier:
        notifier.offer([row])
        await asyncio.sleep(1)
    (message,) = world.senders["piket"].received
    assert "INC-482" in message.title


async def test_a_raised_incident_is_told_once_as_what_it_became() -> None:
    world = World()
    world.senders["piket"].script.append(Verdict.FAILED)
    async with running(world.notifier()) as notifier:
        first = world.owe("degraded")
        notifier.offer([first])
        await asyncio.sleep(1)
        notifier.offer([world.owe("down")])
        await asyncio.sleep(10)
    (message,) = world.senders["piket"].received
    assert message.title.startswith("[P2 HIGH] DOWN")
    assert world.state(first) is Delivery.MERGED


async def test_a_test_message_goes_round_the_queue_and_reports_how_it_went() -> None:
    world = World()
    notifier = world.notifier()
    assert (await notifier.send_test("piket")).verdict is Verdict.DELIVERED
    assert "TEST" in world.senders["piket"].received[0].title
    world.senders["piket"].default = Verdict.REFUSED
    assert (await notifier.send_test("piket")).error == "scripted refused"
    with pytest.raises(KeyError):
        await notifier.send_test("nobody")


async def test_a_preview_shows_the_message_and_sends_nothing() -> None:
    world = World()
    world.owe("down")
    title, body = world.notifier().preview(482, "piket", "down")
    assert title == "[P2 HIGH] DOWN: Name of check-482"
    assert "no answer within the time limit" in body
    assert world.senders["piket"].attempts == []
    with pytest.raises(KeyError):
        world.notifier().preview(1, "piket", "down")


async def test_memory_of_what_was_told_is_bounded() -> None:
    world = World()
    notifier = world.notifier()
    for number in range(12_000):
        row = Notification(number + 1, number, "piket", "down", 1, 0, 0, Delivery.DELIVERED)
        notifier.offer([row])
    assert notifier.told(11_999)
    assert not notifier.told(0)
