"""A notifier with real receivers: what leaves it arrives, late or early, and quickly."""

from __future__ import annotations

import asyncio
import logging
import statistics
import time
from dataclasses import replace

import pytest

from probes.base import Secret
from tests.http_collector import HttpCollector
from tests.mail_collector import MailCollector
from tests.uptime.notify.world import Channel, World, running
from uptime.core.model import Delivery
from uptime.notify import Notifier, Settings, Verdict
from uptime.notify.notifier import apprise_sender

TOKEN = "canaryCANARY0123456789"


def notifier(world: World) -> Notifier:
    return Notifier(
        channels=lambda: world.channels,
        commit=world.commit,
        incident=world.incidents.get,
        subject=world.subjects.get,
        now=world.now,
        settings=lambda: Settings("Diskominfo Contoh", "Asia/Jakarta", "id"),
        metrics=world.metrics,
        sender=apprise_sender,
    )


async def settled(world: World) -> None:
    async with asyncio.timeout(10):
        while world.unfinished():
            await asyncio.sleep(0.005)


async def test_an_outage_and_its_recovery_reach_mail_and_webhook_in_order() -> None:
    world = World()
    async with MailCollector() as mail, HttpCollector() as hook:
        world.channels = {
            "piket": Channel("piket", Secret(mail.url), "id"),
            "hook": Channel("hook", Secret(hook.url), "en"),
        }
        async with running(notifier(world)) as ours:
            ours.offer([world.owe("down"), world.owe("down", channel="hook")])
            await mail.wait(1)
            await hook.wait(1)
            ours.offer([world.recover(), world.recover(channel="hook")])
            mails = await mail.wait(2)
            posts = await hook.wait(2)
            await settled(world)
    assert [m.subject for m in mails] == [
        "[P2 TINGGI] GANGGUAN: Name of check-482",
        "PULIH: Name of check-482",
    ]
    assert [p.title for p in posts] == [
        "[P2 HIGH] DOWN: Name of check-482",
        "RECOVERED: Name of check-482",
    ]
    assert {row.state for row in world.rows.values()} == {Delivery.DELIVERED}


@pytest.mark.parametrize("step", ["500", "429", "reset", "401"])
async def test_a_failed_delivery_is_tried_again_within_five_seconds(step: str) -> None:
    world = World()
    async with HttpCollector([step]) as hook:
        world.channels = {"piket": Channel("piket", Secret(hook.url))}
        async with running(notifier(world)) as ours:
            ours.offer([world.owe("down")])
            await hook.wait(1)
            await settled(world)
    first, second = hook.posts
    assert second.at - first.at < 5.0
    assert ("May be a repeat." in second.message) == (step == "reset")


async def test_secrets_of_an_address_appear_nowhere(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(1)
    world = World()
    async with HttpCollector(["503", "reset", "400"]) as hook:
        url = f"json://user:{TOKEN}@127.0.0.1:{hook.port}/{TOKEN}?+X-Key={TOKEN}"
        world.channels = {"piket": Channel("piket", Secret(url))}
        async with running(notifier(world)) as ours:
            ours.offer([world.owe("down")])
            await hook.wait(1, accepted=False)
            test = await ours.send_test("piket")
            await hook.wait(1)
    assert TOKEN in hook.posts[0].path
    errors = [row.error or "" for row in world.history] + [test.error or ""]
    everything = caplog.text + "".join(errors) + "".join(capfd.readouterr()) + repr(world.channels)
    assert "canary" not in everything.lower()
    assert any("503" in error for error in errors)


async def test_from_offer_to_acceptance_takes_fifty_milliseconds_at_the_median() -> None:
    world = World()
    async with HttpCollector() as hook:
        world.channels = {"piket": Channel("piket", Secret(hook.url))}
        async with running(notifier(world)) as ours:
            assert (await ours.send_test("piket")).verdict is Verdict.DELIVERED
            took = []
            for number in range(30):
                row = world.owe("down", number)
                started = time.monotonic()
                ours.offer([row])
                posts = await hook.wait(number + 2)
                took.append(posts[-1].at - started)
    median = statistics.median(took)
    logging.getLogger(__name__).info("median %.1f ms, max %.1f ms", median * 1e3, max(took) * 1e3)
    assert median <= 0.05


async def test_a_row_of_an_earlier_life_that_was_claimed_arrives_marked() -> None:
    world = World()
    async with HttpCollector() as hook:
        world.channels = {"piket": Channel("piket", Secret(hook.url))}
        row = world.owe("down")
        async with running(notifier(world)) as ours:
            ours.offer([replace(row, state=Delivery.CLAIMED, attempts=1, attempted=row.created)])
            (post,) = await hook.wait(1)
            await settled(world)
    assert "May be a repeat." in post.message
