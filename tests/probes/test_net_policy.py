"""Where redirects may lead: a table of zones."""

from __future__ import annotations

import socket

import pytest

from probes.base import ProbeFailed, Reason
from probes.net import Address
from probes.net.policy import Zone, outward, zone


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", Zone.LOOPBACK),
        ("127.8.8.8", Zone.LOOPBACK),
        ("::1", Zone.LOOPBACK),
        ("::ffff:127.0.0.1", Zone.LOOPBACK),
        ("10.1.2.3", Zone.PRIVATE),
        ("192.168.0.1", Zone.PRIVATE),
        ("172.16.0.1", Zone.PRIVATE),
        ("100.64.0.1", Zone.PRIVATE),
        ("fd12::1", Zone.PRIVATE),
        ("64:ff9b::a00:1", Zone.PRIVATE),
        ("2002:a00:1::1", Zone.PRIVATE),
        ("8.8.8.8", Zone.PUBLIC),
        ("2606:4700::1111", Zone.PUBLIC),
        ("169.254.169.254", "a cloud's metadata address"),
        ("169.254.1.1", "a link-local address"),
        ("fe80::1", "a link-local address"),
        ("0.0.0.0", "the unspecified address"),
        ("0.1.2.3", "an address of this host"),
        ("239.1.1.1", "a multicast address"),
        ("255.255.255.255", "a reserved address"),
        ("::ffff:169.254.169.254", "a cloud's metadata address"),
    ],
)
def test_every_address_has_its_zone(host: str, expected: Zone | str) -> None:
    assert zone(host) == expected


def _addresses(*hosts: str) -> list[Address]:
    return [Address(socket.AF_INET, host) for host in hosts]


@pytest.mark.parametrize(
    ("now", "hosts", "then"),
    [
        (Zone.LOOPBACK, ("127.0.0.2",), Zone.LOOPBACK),
        (Zone.LOOPBACK, ("10.0.0.1",), Zone.PRIVATE),
        (Zone.PRIVATE, ("10.0.0.1",), Zone.PRIVATE),
        (Zone.PRIVATE, ("8.8.8.8",), Zone.PUBLIC),
        (Zone.PUBLIC, ("8.8.8.8", "1.1.1.1"), Zone.PUBLIC),
        (Zone.PUBLIC, ("10.0.0.1",), None),
        (Zone.PUBLIC, ("127.0.0.1",), None),
        (Zone.PRIVATE, ("127.0.0.1",), None),
        (Zone.PUBLIC, ("8.8.8.8", "10.0.0.1"), None),
        (Zone.LOOPBACK, ("169.254.169.254",), None),
    ],
)
def test_a_hop_goes_outwards_only(now: Zone, hosts: tuple[str, ...], then: Zone | None) -> None:
    if then is not None:
        assert outward(_addresses(*hosts), now) == then
        return
    with pytest.raises(ProbeFailed) as caught:
        outward(_addresses(*hosts), now)
    assert (caught.value.reason, caught.value.blame) == (Reason.POLICY, "self")
