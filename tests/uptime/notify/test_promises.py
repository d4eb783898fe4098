"""Whatever fails, crashes or waits: received at least once, in order, repeats only when marked.

Random histories of incidents on one channel, with every verdict, store trouble, and crashes at
every point between the commit of the claim and the commit of the outcome. After a crash only
what the store holds is left; then the channel heals and everything owed must arrive.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

import looptime
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.uptime.notify.world import FakeSender, World
from uptime.core.model import Batch, Delivery
from uptime.notify import Sent, Verdict
from uptime.notify.render import Message

KEY = re.compile(r"INC-(\d+)\.(\d+)\.(\w+)\.piket")


@dataclass
class Mortal:
    """Ends the process at the n-th of the points it passes."""

    at: int | None
    passed: int = 0
    dead: bool = False

    async def point(self) -> None:
        self.passed += 1
        if self.at is not None and self.passed >= self.at:
            self.dead = True
        if self.dead:
            await asyncio.Event().wait()  # until the harness buries this life


class MortalSender(FakeSender):
    mortal = Mortal(None)

    async def send(self, message: Message) -> Sent:
        await self.mortal.point()  # claimed, nothing sent
        sent = await super().send(message)
        await self.mortal.point()  # sent, outcome not marked
        return sent


class MortalWorld(World):
    def __init__(self) -> None:
        super().__init__("piket")
        self.mortal = Mortal(None)
        self.store_broke = False
        self.blind = False  # a life ended while the store did not know what had been sent
        self.sender = MortalSender()
        self.senders["piket"] = self.sender

    def live(self, dies_at: int | None) -> None:
        self.mortal = self.sender.mortal = Mortal(dies_at)

    async def commit(self, batch: Batch) -> None:
        await self.mortal.point()  # before the commit
        await super().commit(batch)
        await self.mortal.point()  # after the commit


VERDICTS = st.sampled_from([Verdict.FAILED, Verdict.UNKNOWN, Verdict.REFUSED, Verdict.DELIVERED])
# What becomes of an incident, one life of the daemon after the other.
STEP = st.sampled_from(
    ["down", "reminder", "recover", "wait"] * 5 + ["store breaks", "store heals"]
)
LIFE = st.tuples(
    st.lists(st.tuples(STEP, st.integers(1, 3)), max_size=8),
    st.lists(VERDICTS, max_size=6),
    st.none() | st.integers(1, 24),
)


def on_fake_time(history: Callable[[], Coroutine[None, None, None]]) -> None:
    with asyncio.Runner(loop_factory=lambda: looptime.new_event_loop(start=0)) as runner:
        runner.run(history())


async def play(lives: list[tuple[list[tuple[str, int]], list[Verdict], int | None]]) -> None:
    world = MortalWorld()
    opened: set[int] = set()
    closed: set[int] = set()
    crashes = 0
    for steps, verdicts, dies_at in [*lives, ([], [], None)]:
        world.live(dies_at)
        world.store_error, world.store_broke = None, False
        world.sender.script.clear()
        world.sender.script.extend(verdicts)
        notifier = world.notifier()
        running = asyncio.create_task(notifier.run())
        await asyncio.sleep(0)
        assert not running.done()
        notifier.offer(world.unfinished())
        for step, number in steps:
            if world.mortal.dead:
                break
            match step:
                case "down" if number not in opened:
                    opened.add(number)
                    notifier.offer([world.owe("down", number)])
                case "reminder" if number in opened - closed:
                    notifier.offer([world.owe("reminder", number)])
                case "recover" if number in opened - closed:
                    closed.add(number)
                    notifier.offer([world.recover(number)])
                case "wait":
                    await asyncio.sleep(number * 3)
                case "store breaks":
                    world.store_error, world.store_broke = OSError("disk full"), True
                case "store heals":
                    world.store_error = None
                case _:
                    continue
        await asyncio.sleep(5 if dies_at is not None else 900)
        crashes += world.mortal.dead
        world.blind = world.blind or world.store_broke
        await bury()
    check(world, opened, closed, crashes)


async def bury() -> None:
    """The end of a life: nothing of it runs on."""
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for each in rest:
        each.cancel()
    await asyncio.gather(*rest, return_exceptions=True)


def check(world: MortalWorld, opened: set[int], closed: set[int], crashes: int) -> None:
    assert world.unfinished() == []
    assert all(row.state is not Delivery.DEAD for row in world.rows.values())
    received = [(message, KEY.search(message.body)) for message in world.sender.received]
    for number in opened:
        mine = [(m, k) for m, k in received if k is not None and int(k[1]) == number]
        outage_told = [i for i, (m, k) in enumerate(mine) if k[3] == "down" or "ALREADY" in m.title]
        assert outage_told, "every outage reaches the receiver"
        kinds = [k[3] for _, k in mine]
        if number in closed:
            assert kinds[-1] == "recovered", "the last word is the recovery"
            assert outage_told[0] <= kinds.index("recovered"), "never before its outage"
        if world.blind:
            continue  # what the store never learnt cannot be marked
        seqs = [int(k[2]) for _, k in mine]
        assert seqs == sorted(seqs), "in order of seq"
        seen: set[str] = set()
        for message, key in mine:
            if key[0] in seen:
                assert "May be a repeat." in message.body, "a repeat says so"
            seen.add(key[0])
    if not crashes and Verdict.UNKNOWN not in world.sender.ever:
        marked = [m for _, m in world.sender.attempts if "May be a repeat." in m.body]
        assert not marked, "nothing is called a repeat without reason"


@settings(max_examples=250, deadline=None)
@given(st.lists(LIFE, min_size=1, max_size=3))
@example(
    # The second reminder, sent in place of the first, perhaps arrived; then the end.
    [
        ([("down", 1)], [], None),
        ([("reminder", 1), ("reminder", 1)], [Verdict.FAILED, Verdict.UNKNOWN], 12),
    ]
)
def test_whatever_happens_every_outage_arrives_in_order_and_repeats_are_marked(
    lives: list[tuple[list[tuple[str, int]], list[Verdict], int | None]],
) -> None:
    on_fake_time(lambda: play(lives))


STEPS = {
    "an outage": [("down", 1)],
    "an outage over before its message": [("down", 1), ("recover", 1)],
    "an outage, then its recovery": [("down", 1), ("wait", 1), ("recover", 1)],
    "a reminder": [("down", 1), ("wait", 1), ("reminder", 1)],
    "two incidents": [("down", 1), ("down", 2), ("wait", 1), ("recover", 1)],
}


@pytest.mark.parametrize("steps", STEPS.values(), ids=STEPS)
@pytest.mark.parametrize("first", [Verdict.DELIVERED, Verdict.FAILED, Verdict.UNKNOWN])
def test_a_crash_at_any_point_loses_nothing_and_repeats_are_marked(
    steps: list[tuple[str, int]], first: Verdict
) -> None:
    for dies_at in range(1, 16):
        lives = [(steps, [first], dies_at)]
        on_fake_time(lambda lives=lives: play(lives))  # type: ignore[misc]


def test_a_crash_costs_one_repeat_at_most() -> None:
    async def history(dies_at: int) -> None:
        world = MortalWorld()
        row = world.owe("down")
        for point in (dies_at, None):
            world.live(point)
            notifier = world.notifier()
            asyncio.create_task(notifier.run())  # noqa: RUF006 - ends with its life
            await asyncio.sleep(0)
            notifier.offer(world.unfinished())
            await asyncio.sleep(5)
            await bury()
        sent_before_the_crash = 4 <= dies_at <= 5
        assert len(world.sender.received) == 1 + sent_before_the_crash
        assert world.state(row) is Delivery.DELIVERED

    for dies_at in range(1, 8):
        on_fake_time(lambda dies_at=dies_at: history(dies_at))  # type: ignore[misc]
