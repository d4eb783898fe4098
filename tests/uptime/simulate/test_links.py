from __future__ import annotations

import json
import os
import socket
import struct
import sys
from collections.abc import Iterator

import pytest

from uptime.simulate import frames, links, namespace
from uptime.simulate.links import Answerer, Link
from uptime.simulate.network import Network, NoNetwork

SOURCE, TARGET = "198.18.0.1", "127.33.2.1"


def request(target: str = TARGET, payload: bytes = b"siaga") -> bytes:
    message = struct.pack("!BBHHH", 8, 0, 0, 77, 1) + payload
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(message), 0, 0, 64, 1, 0)
    return head + socket.inet_aton(SOURCE) + socket.inet_aton(target) + message


@pytest.fixture
def device() -> Iterator[tuple[int, int]]:
    """A pipe in place of the TUN device: (what the answerer writes comes out here, write end)."""
    out, into = os.pipe()
    os.set_blocking(out, False)
    yield out, into
    os.close(out)
    os.close(into)


def answers(answerer: Answerer, out: int, packet: bytes) -> bytes | None:
    answerer.take(packet)
    answerer.send_due()
    try:
        return os.read(out, 4096)
    except BlockingIOError:
        return None


def test_a_reply_comes_from_the_target_with_the_same_payload_and_good_sums() -> None:
    echo = frames.echo_request(request())
    assert echo is not None
    answer = frames.reply(echo)
    assert socket.inet_ntoa(answer[12:16]) == TARGET
    assert socket.inet_ntoa(answer[16:20]) == SOURCE
    assert answer[20] == 0
    assert answer[24:] == request()[24:]
    assert frames.checksum(answer[:20]) == frames.checksum(answer[20:]) == 0


def test_unreachable_names_the_request_it_is_about() -> None:
    echo = frames.echo_request(request())
    assert echo is not None
    answer = frames.unreachable(echo)
    assert (answer[20], answer[21]) == (3, 1)
    assert socket.inet_ntoa(answer[12:16]) != TARGET
    assert answer[28:] == request()
    long = frames.echo_request(request(payload=bytes(1400)))
    assert long is not None
    assert len(frames.unreachable(long)) == 576
    assert frames.checksum(answer[20:]) == 0


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\x60" + bytes(60),  # IPv6
        request()[:20],
        request()[:9] + b"\x11" + request()[10:],  # UDP
        request()[:20] + b"\x00" + request()[21:],  # a reply
    ],
)
def test_whatever_else_there_is_is_no_echo_request(packet: bytes) -> None:
    assert frames.echo_request(packet) is None


@pytest.mark.parametrize(("loss", "lost"), [(0.0, 0), (0.12, 12), (0.25, 25), (1.0, 100)])
def test_loss_is_exact_and_spread(loss: float, lost: int) -> None:
    link = Link(loss=loss)
    run = [link.loses() for _ in range(100)]
    assert abs(sum(run) - lost) <= 1
    if loss == 0.12:
        assert all(sum(run[i : i + 10]) >= 1 for i in range(0, 100, 10)), "no run of ten is clean"


def test_an_address_nobody_told_of_is_silent(device: tuple[int, int]) -> None:
    answerer = Answerer(device[1])
    assert answers(answerer, device[0], request()) is None
    answerer.learn(json.dumps({TARGET: {}}))
    assert answers(answerer, device[0], request()) is not None
    assert answers(answerer, device[0], request("127.33.2.2")) is None


def test_a_link_answers_as_it_was_told_last(device: tuple[int, int]) -> None:
    answerer = Answerer(device[1])
    for answer, kind in (("echo", 0), ("unreachable", 3), ("silent", None), ("echo", 0)):
        answerer.learn(json.dumps({TARGET: {"answer": answer}}))
        packet = answers(answerer, device[0], request())
        assert (packet[20] if packet else None) == kind


def test_a_late_answer_waits_and_others_do_not_wait_for_it(device: tuple[int, int]) -> None:
    answerer = Answerer(device[1])
    answerer.learn(json.dumps({TARGET: {"delay": 60.0}, "127.33.2.2": {}}))
    assert answers(answerer, device[0], request()) is None
    packet = answers(answerer, device[0], request("127.33.2.2"))
    assert packet is not None
    assert socket.inet_ntoa(packet[12:16]) == "127.33.2.2"
    wait = answerer.send_due()
    assert wait is not None
    assert 40 < wait < 80


def test_a_machine_that_forbids_namespaces_is_told_of_with_its_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse() -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(namespace, "enter", refuse)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    near, far = socket.socketpair()
    with near:
        assert links.main(["links", str(far.detach())]) == 1
        assert json.loads(near.recv(4096)) == {"forbidden": "Operation not permitted"}


def test_an_answerer_that_does_not_start_is_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(NoNetwork, match="ended at once"):
        Network.open()
