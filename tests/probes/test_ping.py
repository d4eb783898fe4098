"""Which datagrams count as an answer, and when it came."""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
from collections.abc import Callable, Iterator, Sequence

import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from probes.base import ProbeFailed, Reason
from probes.net import Address, icmp, ping
from probes.net.ping import Echo, PingEngine, PingSocket
from tests.probes.fake_ping import (
    HERE,
    V4,
    V6,
    Datagram,
    ErrorQueue,
    FakeSocket,
    answer,
    complaint,
    echo,
    engine,
    failing,
    ipv4,
    silent,
    stamped,
)

TARGET = Address(V4, HERE)
TARGET6 = Address(V6, "2001:DB8:0::17")


@pytest.fixture
def fake() -> Iterator[FakeSocket]:
    made = FakeSocket()
    yield made
    made.close()


async def sent(
    fake: FakeSocket, address: Address = TARGET, *, count: int = 1, patience: float = 0.05
) -> list[Echo]:
    """One run by an engine of its own."""
    version = "v4" if address.family == V4 else "v6"
    made = engine(**{version: fake})
    try:
        with made.series(address, count=count, size=56, apart=0.005) as series:
            await series.wait(asyncio.get_running_loop().time() + patience)
        assert made.socket(address.family)._waiting == {}
        return series.echoes
    finally:
        made.close()


# ---- what counts ----


async def test_a_reply_counts(fake: FakeSocket) -> None:
    (one,) = await sent(fake, patience=5)
    assert one.rtt is not None
    assert 0 < one.rtt < 1
    assert (one.hop_limit, one.duplicates, one.error) == (57, 0, None)


def changed(at: int, packet: bytes) -> bytes:
    return packet[:at] + bytes([packet[at] ^ 1]) + packet[at + 1 :]


@pytest.mark.parametrize(
    "foreign",
    [
        lambda packet: [answer(changed(5, packet))],
        lambda packet: [answer(changed(7, packet))],
        lambda packet: [answer(changed(8, packet))],
        lambda packet: [answer(changed(15, packet))],
        lambda packet: [answer(packet, source="192.0.2.18")],
        lambda packet: [Datagram(ipv4(packet), stamped(), HERE)],
        lambda packet: [Datagram(ipv4(b"\0\0\0\0" + packet[4:12]), stamped(), HERE)],
        lambda packet: [Datagram(b"", [], HERE), Datagram(b"\x4f" * 19, [], HERE)],
        lambda packet: [Datagram(b"\x4f" + bytes(30), [], HERE)],
    ],
    ids=[
        "id", "sequence", "nonce begins otherwise", "nonce ends otherwise", "address",
        "our own request", "nonce cut off", "no packet", "header longer than the packet",
    ],
)  # fmt: skip
async def test_what_is_not_the_answer_to_it_does_not_count(
    fake: FakeSocket, foreign: Callable[[bytes], Sequence[Datagram]]
) -> None:
    fake.script = lambda packet, host: foreign(packet)
    (one,) = await sent(fake)
    assert (one.rtt, one.error) == (None, None)
    assert fake.queue == [], "it was read all the same"


async def test_a_reply_counts_once(fake: FakeSocket) -> None:
    def twice(packet: bytes, host: str) -> Sequence[Datagram]:
        # The last one's second copy may come too late to be counted.
        return [answer(packet)] * (3 if len(fake.sent) == 0 else 1)

    fake.script = twice
    first, second = await sent(fake, count=2, patience=5)
    assert (first.duplicates, second.duplicates) == (2, 0)
    assert None not in {first.rtt, second.rtt}


@pytest.mark.parametrize("quoted", [8, 12, 16, 64])
async def test_a_router_that_complains_is_heard_however_little_it_quotes(
    fake: FakeSocket, quoted: int
) -> None:
    fake.script = lambda packet, host: [complaint(packet, host, quoted=quoted)]
    (one,) = await sent(fake, patience=5)
    assert (one.rtt, one.error) == (None, "host unreachable, says 198.51.100.1")


@pytest.mark.parametrize(
    ("kind", "code", "words"),
    [
        (3, 0, "network unreachable"),
        (3, 13, "administratively prohibited"),
        (3, 77, "unreachable (code 77)"),
        (11, 0, "time to live exceeded"),
    ],
)
async def test_a_complaint_is_put_into_words(
    fake: FakeSocket, kind: int, code: int, words: str
) -> None:
    fake.script = lambda packet, host: [complaint(packet, host, kind=kind, code=code)]
    (one,) = await sent(fake, patience=5)
    assert one.error == f"{words}, says 198.51.100.1"


@pytest.mark.parametrize(
    "foreign",
    [
        lambda packet: complaint(packet, "192.0.2.18"),
        lambda packet: complaint(changed(5, packet), HERE),
        lambda packet: complaint(changed(9, packet), HERE, quoted=16),
        lambda packet: complaint(packet, HERE, protocol=17),
        lambda packet: complaint(packet, HERE, quoted=7),
        lambda packet: complaint(b"\0" + packet[1:], HERE),
        lambda packet: complaint(packet, HERE, kind=5),
    ],
    ids=["other host", "other id", "other nonce", "UDP", "cut off", "about a reply", "redirect"],
)
async def test_a_complaint_about_something_else_is_not_ours(
    fake: FakeSocket, foreign: Callable[[bytes], Datagram]
) -> None:
    fake.script = lambda packet, host: [foreign(packet)]
    (one,) = await sent(fake)
    assert (one.rtt, one.error) == (None, None)


async def test_an_answer_after_a_complaint_is_still_an_answer(fake: FakeSocket) -> None:
    fake.script = lambda packet, host: [complaint(packet, host), answer(packet)]
    both = await sent(fake, count=2, patience=5)
    assert both[0].rtt is not None


# ---- IPv6 ----


def test_ipv6_addresses_are_the_same_however_they_are_written() -> None:
    assert ping._forms(TARGET6) == ping._forms(Address(V6, "2001:db8::17%eth0"))


async def test_ipv6_replies_carry_no_header(fake: FakeSocket) -> None:
    def script(packet: bytes, host: str) -> Sequence[Datagram]:
        assert packet[:4] == b"\x80\0\0\0"
        hops = (socket.IPPROTO_IPV6, 52, struct.pack("@i", 61))
        return [Datagram(b"\x81\0\0\0" + packet[4:], [*stamped(), hops], "2001:db8::17")]

    fake.script = script
    (one,) = await sent(fake, TARGET6, patience=5)
    assert one.rtt is not None
    assert one.hop_limit == 61


@pytest.mark.parametrize(
    ("kind", "code", "words"),
    [
        (1, 0, "no route"),
        (1, 3, "host unreachable"),
        (1, 5, "unreachable (code 5)"),
        (3, 0, "time to live exceeded"),
    ],
)
async def test_ipv6_complaints_are_heard(
    fake: FakeSocket, kind: int, code: int, words: str
) -> None:
    def script(packet: bytes, host: str) -> Sequence[Datagram]:
        destination = socket.inet_pton(V6, host)
        header = b"\x60\0\0\0" + struct.pack("!HBB", len(packet), 58, 64) + bytes(16) + destination
        said = bytes([kind, code, 0, 0, 0, 0, 0, 0]) + header + packet
        return [Datagram(said, stamped(), "2001:db8::1")]

    fake.script = script
    (one,) = await sent(fake, TARGET6, patience=5)
    assert one.error == f"{words}, says 2001:db8::1"


# ---- when ----


def made(at: float = 0.02) -> Echo:
    """A request sent that many seconds ago."""
    one = Echo()
    one.sent()
    one._at -= round(at * 1e9)
    one._sent -= round(at * 1e9)
    return one


def test_the_kernels_time_counts_not_ours() -> None:
    one = made(0.02)
    one.answered(one._sent + 1_500_000, None)
    assert one.rtt == pytest.approx(0.0015)


@pytest.mark.parametrize(
    "stamp",
    [
        lambda one: 0,
        lambda one: one._sent - 1,
        lambda one: one._sent - 3_600_000_000_000,
        lambda one: one._sent + 30_000_000,
        lambda one: one._sent + 3_600_000_000_000,
    ],
    ids=["none", "before it was sent", "an hour before", "after now", "an hour after"],
)
def test_a_stamp_that_cannot_be_is_replaced_by_what_passed(stamp: Callable[[Echo], int]) -> None:
    one = made(0.02)
    one.answered(stamp(one), None)
    assert one.rtt == pytest.approx(0.02, abs=0.005)


@pytest.mark.parametrize("step", [0.005, -0.005, 3600, -3600])
def test_a_clock_set_in_between_does_not_show(step: float) -> None:
    """The stamp lies within what passed and is wrong all the same."""
    one = made(0.02)
    one._sent -= round(step * 1e9)
    one.answered(one._sent + 10_000_000, None)
    assert one.rtt == pytest.approx(0.02, abs=0.005)


# ---- sending ----


async def test_requests_are_spaced_and_numbered(fake: FakeSocket) -> None:
    fake.script = silent
    began = asyncio.get_running_loop().time()
    await sent(fake, count=5, patience=0.5)
    packets = [packet for _, packet, _ in fake.sent]
    ids = {packet[4:6] for packet in packets}
    numbers = [int.from_bytes(packet[6:8], "big") for packet in packets]
    assert len(ids) == 1
    assert [(n - numbers[0]) % 65_536 for n in numbers] == [0, 1, 2, 3, 4]
    after = [at - began for at, _, _ in fake.sent]
    # Never before their time; one that a busy machine delays makes no other late. uvloop's clock
    # has whole milliseconds.
    assert all(each >= 0.005 * number - 0.002 for number, each in enumerate(after))


async def test_every_run_has_another_id(fake: FakeSocket) -> None:
    made = engine(v4=fake)
    for _ in range(20):
        with made.series(TARGET, count=1, size=56, apart=0):
            pass
    made.close()
    assert len({packet[4:6] for _, packet, _ in fake.sent}) > 15


async def test_a_number_in_use_is_not_given_again(fake: FakeSocket) -> None:
    """On a ping socket, whose id is the kernel's, the sequence is all there is."""
    fake.type = socket.SOCK_DGRAM
    fake.script = silent
    made = engine(v4=fake)
    series = [made.series(TARGET, count=1, size=8, apart=0) for _ in range(5)]
    to = made.socket(V4)
    to._sequence = (to._sequence - 3) % 65_536  # as if it had gone once round
    series.append(made.series(TARGET, count=1, size=8, apart=0))
    assert len({packet[6:8] for _, packet, _ in fake.sent}) == 6
    for each in series:
        each.__exit__()
    made.close()


async def test_a_ping_socket_has_only_so_many_numbers(fake: FakeSocket) -> None:
    """When all are waited for, the next one is refused; looking for a free one would not end."""
    fake.type = socket.SOCK_DGRAM
    fake.script = silent
    made = engine(v4=fake)
    with made.series(TARGET, count=1, size=8, apart=0) as series:
        waiting = made.socket(V4)._waiting
        one = next(iter(waiting.values()))
        waiting |= {number.to_bytes(2, "big"): one for number in range(65_536)}
        with pytest.raises(ProbeFailed, match="too many") as caught:
            made.series(TARGET, count=1, size=8, apart=0)
        assert (caught.value.reason, caught.value.blame) == (Reason.SELF, "self")
        waiting.clear()
        assert len(series.echoes) == 1
    made.close()


async def test_a_ping_socket_goes_on_after_the_kernel_told_it_of_an_error() -> None:
    """libuv hears no more of a descriptor that has had an error."""
    sock = ErrorQueue()
    made = engine(v4=sock)
    try:
        for _ in range(3):
            until = asyncio.get_running_loop().time() + 5
            with made.series(Address(V4, "127.0.0.2"), count=2, size=56, apart=0.001) as dead:
                await dead.wait(until)
            assert {one.error for one in dead.echoes} == {"unreachable (code 3), says 127.0.0.2"}
            with made.series(Address(V4, "127.0.0.1"), count=2, size=56, apart=0.001) as alive:
                await alive.wait(until)
            assert all(one.rtt is not None for one in alive.echoes)
    finally:
        made.close()
        sock.close()


async def test_an_error_told_while_sending_to_another_host_silences_neither() -> None:
    """The kernel gives it to whichever call comes next."""
    sock = ErrorQueue()
    made = engine(v4=sock)
    try:
        until = asyncio.get_running_loop().time() + 5
        with (
            made.series(Address(V4, "127.0.0.2"), count=1, size=56, apart=0) as dead,
            made.series(Address(V4, "127.0.0.1"), count=1, size=56, apart=0) as alive,
        ):
            await alive.wait(until)
            await dead.wait(until)
        assert [one.error is None for one in dead.echoes] == [False]
        assert [one.rtt is None for one in alive.echoes] == [False]
    finally:
        made.close()
        sock.close()


@pytest.mark.parametrize(
    ("number", "reason", "blame"),
    [
        (errno.ENETUNREACH, Reason.UNREACHABLE, "target"),
        (errno.EHOSTUNREACH, Reason.UNREACHABLE, "target"),
        (errno.EPERM, Reason.SELF, "self"),
        (errno.EACCES, Reason.SELF, "self"),
        (errno.ENOBUFS, Reason.SELF, "self"),
        (errno.EMSGSIZE, Reason.SELF, "self"),
    ],
)
async def test_what_is_not_sent_says_whose_fault_it_is(
    fake: FakeSocket, number: int, reason: Reason, blame: str
) -> None:
    fake.script = failing(number)
    with pytest.raises(ProbeFailed, match="cannot send") as caught:
        await sent(fake)
    assert (caught.value.reason, caught.value.blame) == (reason, blame)


async def test_a_later_packet_that_is_not_sent_ends_the_run(fake: FakeSocket) -> None:
    def script(packet: bytes, host: str) -> Sequence[Datagram]:
        return failing(errno.ENOBUFS)(packet, host) if fake.sent else echo(packet, host)

    fake.script = script
    with pytest.raises(ProbeFailed, match="no buffer space"):
        await sent(fake, count=3, patience=5)


async def test_a_run_that_is_cancelled_leaves_nothing(fake: FakeSocket) -> None:
    fake.script = silent
    made = engine(v4=fake)

    async def run() -> None:
        with made.series(TARGET, count=20, size=56, apart=0.001) as series:
            await series.wait(asyncio.get_running_loop().time() + 60)

    task = asyncio.ensure_future(run())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    before = len(fake.sent)
    await asyncio.sleep(0.02)
    assert len(fake.sent) == before
    assert made.socket(V4)._waiting == {}
    made.close()


async def test_a_flood_does_not_hold_the_loop(fake: FakeSocket) -> None:
    made = engine(v4=fake)
    made.socket(V4)
    fake.arrive(*[Datagram(ipv4(b"\0" * 64), stamped(), HERE)] * 2000)
    turns = 0
    while fake.queue:
        before = fake.read
        await asyncio.sleep(0)
        assert fake.read - before <= 512
        turns += 1
    assert turns >= 4
    made.close()


# ---- sockets ----


def opening(monkeypatch: pytest.MonkeyPatch, *errors: int) -> list[socket.SocketKind]:
    """Opening ICMP sockets fails like this, in this order; what was asked for."""
    asked: list[socket.SocketKind] = []
    left = list(errors)

    class Sockets:
        def __getattr__(self, name: str) -> object:
            return getattr(socket, name)

        @staticmethod
        def socket(family: int, kind: socket.SocketKind, protocol: int) -> FakeSocket:
            asked.append(kind)
            if left and (number := left.pop(0)):
                raise OSError(number, "no")
            return FakeSocket(kind=kind)

    monkeypatch.setattr(ping, "socket", Sockets())
    return asked


async def test_a_raw_socket_comes_first_and_a_ping_socket_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = opening(monkeypatch, errno.EPERM, 0)
    made = PingEngine()
    assert made.problem() is None
    assert made.problem() is None
    assert asked == [socket.SOCK_RAW, socket.SOCK_DGRAM]
    made.close()


async def test_without_permission_it_says_how_to_allow_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opening(monkeypatch, errno.EPERM, errno.EACCES)
    text = PingEngine().problem()
    assert text is not None
    for remedy in ("AmbientCapabilities=CAP_NET_RAW", "setcap", "net.ipv4.ping_group_range"):
        assert remedy in text


async def test_without_descriptors_it_is_our_own_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    opening(monkeypatch, errno.EMFILE)
    with pytest.raises(ProbeFailed) as caught:
        PingEngine().series(TARGET, count=1, size=56, apart=0)
    assert (caught.value.reason, caught.value.blame) == (Reason.SELF, "self")


async def test_a_socket_that_was_handed_in_is_left_open(fake: FakeSocket) -> None:
    made = engine(v4=fake)
    made.socket(V4)
    made.close()
    assert fake.fileno() >= 0


async def test_a_ping_socket_is_replaced_once_it_is_worn_and_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opening(monkeypatch, errno.EPERM, 0, errno.EPERM, 0)
    monkeypatch.setattr(ping, "_KEPT", 0.0)
    made = PingEngine()
    series = made.series(TARGET, count=1, size=56, apart=0)
    old = series._socket
    assert made.socket(V4) is not old
    assert old._sock.fileno() >= 0
    series.__exit__()
    assert old._sock.fileno() < 0
    made.close()


# ---- bytes ----


@examples(st.binary(min_size=8, max_size=8), st.binary(min_size=4, max_size=4))
def test_the_checksum_is_what_a_receiver_wants(nonce: bytes, numbers: bytes) -> None:
    packet = icmp.request(V4, numbers, nonce, 56)
    assert len(packet) == 64
    total = sum(struct.unpack("!32H", packet))
    while total > 0xFFFF:
        total = (total >> 16) + (total & 0xFFFF)
    assert total == 0xFFFF


@examples(st.binary(max_size=120), st.sampled_from([V4, V6]))
def test_no_bytes_from_the_network_are_too_strange(
    data: bytes, family: socket.AddressFamily
) -> None:
    fake = FakeSocket()

    async def take() -> None:
        one = PingSocket(family, fake, ours=True)  # type: ignore[arg-type]
        one._take(data, [], "192.0.2.1" if family == V4 else "2001:db8::1")
        one._blame(data, data, "")
        one.close()

    asyncio.run(take())
    icmp.queued_error(family, [(0, 11, data), (41, 25, data)])


def test_the_filters_let_replies_and_errors_pass() -> None:
    (word,) = struct.unpack("@I", icmp.filter4())
    assert [kind for kind in range(32) if not word >> kind & 1] == [0, 3, 11]
    words = struct.unpack("@8I", icmp.filter6())
    assert [k for k in range(256) if not words[k >> 5] >> (k & 31) & 1] == [1, 3, 129]


def test_the_kernels_queue_of_errors_is_read() -> None:
    told = struct.pack("@IBBBBII", errno.EHOSTUNREACH, 2, 3, 1, 0, 0, 0)
    sender = struct.pack("!HH4s8x", 2, 0, socket.inet_aton("198.51.100.1"))
    found = icmp.queued_error(V4, [(0, 11, told + sender)])
    assert found == "host unreachable, says 198.51.100.1"
    local = struct.pack("@IBBBBII", errno.EMSGSIZE, 1, 0, 0, 0, 1280, 0)
    assert icmp.queued_error(V4, [(0, 11, local + bytes(16))]) is None
    told = struct.pack("@IBBBBII", errno.EHOSTUNREACH, 3, 1, 3, 0, 0, 0)
    sender = struct.pack("!HHI16sI", 10, 0, 0, socket.inet_pton(V6, "2001:db8::1"), 0)
    found = icmp.queued_error(V6, [(41, 25, told + sender)])
    assert found == "host unreachable, says 2001:db8::1"


# ---- the kernel itself, where it lets us ----


def _may_ping() -> bool:
    try:
        socket.socket(V4, socket.SOCK_RAW, socket.IPPROTO_ICMP).close()
    except PermissionError:
        return False
    return True


@pytest.mark.skipif(not _may_ping(), reason="no permission to open raw sockets")
@pytest.mark.parametrize("address", [Address(V4, "127.0.0.9"), Address(V6, "::1")])
async def test_loopback_answers(address: Address) -> None:
    made = PingEngine()
    try:
        with made.series(address, count=3, size=1472, apart=0.001) as series:
            await series.wait(asyncio.get_running_loop().time() + 5)
    finally:
        made.close()
    assert all(one.rtt is not None and 0 < one.rtt < 1 for one in series.echoes)
    assert {one.hop_limit for one in series.echoes} == {64}
