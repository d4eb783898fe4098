"""Connecting: whose fault a failure is, and that a dead family costs no time-out."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import os
import resource
import socket
from collections.abc import Iterator
from time import perf_counter
from typing import Any

import pytest

from probes.base import ProbeFailed, Reason
from probes.http import HttpProbe
from probes.net import Address, Net, literal_address
from probes.net.connect import Connected, Dial, connect, failure
from tests.probes.running import failed, late, net
from tests.servers import answer, authority, closed_port, hang, serve

__all__ = ["net"]

V4 = Address(socket.AF_INET, "127.0.0.1")
V6 = Address(socket.AF_INET6, "::1")


@pytest.fixture
def silent() -> Iterator[int]:
    """A port of ::1 whose queue is full: like a blackhole, it does not answer a SYN."""
    with socket.socket(socket.AF_INET6) as server:
        server.bind(("::1", 0))
        server.listen(0)
        port = server.getsockname()[1]
        fillers = [socket.socket(socket.AF_INET6) for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("::1", port))
        yield port
        for filler in fillers:
            filler.close()


@pytest.mark.parametrize(
    ("number", "reason", "blame"),
    [
        (errno.ECONNREFUSED, "refused", "target"),
        (errno.ECONNRESET, "reset", "target"),
        (errno.EPIPE, "reset", "target"),
        (errno.ETIMEDOUT, "timeout", "target"),
        (errno.ENETUNREACH, "unreachable", "target"),
        (errno.EHOSTUNREACH, "unreachable", "target"),
        (errno.EMFILE, "self", "self"),
        (errno.ENFILE, "self", "self"),
        (errno.ENOBUFS, "self", "self"),
        (errno.ENOMEM, "self", "self"),
        (errno.EADDRNOTAVAIL, "self", "self"),
        (errno.EPERM, "self", "self"),
        (errno.EACCES, "self", "self"),
        (errno.EIO, "error", "self"),
    ],
)
def test_an_error_of_the_kernel_has_a_reason_and_a_blame(
    number: int, reason: str, blame: str
) -> None:
    told = failure(OSError(number, os.strerror(number)), "connecting to x")
    assert (told.reason, told.blame) == (reason, blame)
    assert told.detail.endswith("connecting to x")


async def test_a_dead_family_costs_its_head_start_only(net: Net, silent: int) -> None:
    async with serve(hang, port=silent):
        began = perf_counter()
        connected = await connect([V6, V4], silent)
        connected.sock.close()
    assert connected.address == V4
    assert 0.2 < perf_counter() - began < 0.45


async def test_a_refused_family_costs_nothing(net: Net) -> None:
    async with serve(hang) as port:
        began = perf_counter()
        connected = await connect([V6, V4], port)
        connected.sock.close()
    assert connected.address == V4
    assert perf_counter() - began < 0.2


async def test_the_slow_one_is_closed_when_another_wins(net: Net, silent: int) -> None:
    """The fixture `net` sees to the descriptors."""
    async with serve(hang, port=silent):
        connected = await connect([V6, V6, V4, V6], silent)
        connected.sock.close()


async def test_all_refused_is_refused(net: Net) -> None:
    with pytest.raises(ProbeFailed) as caught:
        await connect([V6, V4, V4], closed_port())
    assert caught.value.reason is Reason.REFUSED


async def test_cancelled_while_connecting_leaves_nothing(net: Net, silent: int) -> None:
    task = asyncio.ensure_future(connect([V6, V6], silent))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_silence_is_cut_by_the_deadline_in_its_phase(net: Net, silent: int) -> None:
    trace = await late(HttpProbe(target=f"http://[::1]:{silent}/"), net)
    assert list(trace.phases) == ["connect"]
    assert trace.phases["connect"] == pytest.approx(0.3, abs=0.1)


async def test_cancelled_at_any_moment_leaves_nothing(net: Net) -> None:
    """Many runs, each cancelled a little later than the one before."""
    async with serve(hang) as port:
        probe = HttpProbe(target=f"http://127.0.0.1:{port}/")
        for step in range(100):
            task = asyncio.ensure_future(probe.run(net, {}))
            for _ in range(step % 7):
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task


async def test_without_descriptors_it_is_our_own_fault(net: Net) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with serve(hang) as port:
        probe = HttpProbe(target=f"http://127.0.0.1:{port}/")
        held: list[int] = []
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
        try:
            _take_all(held)
            told = await failed(probe, net)
        finally:
            for number in held:
                os.close(number)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert (told.reason, told.blame) == (Reason.SELF, "self")
    assert "too many open files" in told.detail


def _take_all(held: list[int]) -> None:
    while True:
        try:
            held.append(os.open("/dev/null", os.O_RDONLY))
        except OSError:
            return


async def test_an_unknown_zone_is_our_own_fault(net: Net) -> None:
    told = await failed(HttpProbe(target="http://[fe80::1%25no-such0]/"), net)
    assert told.blame == "self"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", Address(socket.AF_INET, "127.0.0.1")),
        ("::1", Address(socket.AF_INET6, "::1")),
        ("fe80::1%lo", Address(socket.AF_INET6, "fe80::1%lo")),
        ("1.2.3", None),
        ("1and1.example", None),
        ("portal.example", None),
        ("", None),
    ],
)
def test_an_address_is_told_from_a_name(host: str, expected: Address | None) -> None:
    assert literal_address(host) == expected


async def test_nothing_is_opened_before_it_is_used() -> None:
    unused = Net()
    assert await unused.resolve("127.0.0.1") == [V4]
    await unused.aclose()
    await unused.aclose()
    assert not {"resolver", "tls", "ping"} & set(vars(unused))


async def test_a_run_leaves_nothing_for_the_garbage_collector(net: Net) -> None:
    """Rings of references would cost a quarter of the CPU of ten thousand checks."""
    async with (
        serve(answer(b"halo")) as port,
        serve(answer(b"halo"), tls=authority().good()) as secure,
        serve(hang, tls=authority().expired()) as bad,
    ):
        for target in (
            f"http://127.0.0.1:{port}/",
            f"https://127.0.0.1:{secure}/",
            f"https://127.0.0.1:{bad}/",
            f"http://127.0.0.1:{closed_port()}/",
        ):
            options = {"ca_file": authority().file} if target.startswith("https") else {}
            probe = HttpProbe.model_validate({"target": target, **options})
            await _quietly(probe, net)
            await asyncio.sleep(0.05)
            gc.collect()
            gc.disable()
            try:
                await _quietly(probe, net)
                assert not [x for x in _garbage() if type(x).__module__.startswith("probes.net")]
            finally:
                gc.enable()


async def _quietly(probe: HttpProbe, net: Net) -> None:
    with contextlib.suppress(ProbeFailed):
        await probe.run(net, {})


def _garbage() -> list[object]:
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        gc.collect()
        return list(gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()


async def test_a_run_cancelled_as_its_connection_comes_through_leaves_no_descriptor(
    net: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order of one turn of the loop, played by hand: cancelled first, connected after."""
    made: list[Dial] = []

    class Kept(Dial):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            made.append(self)

        def next(self) -> None:
            """Nothing comes by itself."""

    monkeypatch.setattr("probes.net.connect.Dial", Kept)
    running = asyncio.ensure_future(connect([Address(socket.AF_INET, "127.0.0.1")], 9))
    await asyncio.sleep(0)
    running.cancel()
    done = made[0]._done
    assert done is not None
    through = socket.socket()
    done(Connected(through, Address(socket.AF_INET, "127.0.0.1"), 0.0))
    assert through.fileno() == -1
    with pytest.raises(asyncio.CancelledError):
        await running
