"""Names to addresses, on the loop: c-ares, a cache by TTL, one lookup for all who ask at once.

Never the thread pool: a few slow names would hold up everybody's. c-ares reads /etc/hosts, the
search list and a changed resolv.conf as the system's own resolver does. A name that does not
exist is the target's fault; resolvers that do not answer lie on the way. While they are silent
an address known before serves for five minutes more.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from probes.base import ProbeFailed, Reason, current_trace, safe_text
from probes.net.connect import Address

if TYPE_CHECKING:
    import aiodns
    import pycares

LEAST_TTL = 1.0  # a TTL of 0 would ask again for every probe of a tick
MOST_TTL = 300.0
STALE_FOR = 300.0
PATIENCE = 4.0  # seconds a lookup may take in all
_STALE_AFTER = 0.5  # seconds a fresh answer has before a stale one serves
_AI_NOSORT = 1 << 7  # of ares.h; pycares has no name for it
_ATTEMPT, _TRIES = 1.0, 3  # c-ares shortens the first once it knows how fast its servers are
_MOST_KEPT = 65_536  # names; redirects bring more than the configuration has
_MOST_ADDRESSES = 64  # of a name that has thousands
_FAMILIES = {"4": socket.AF_INET, "6": socket.AF_INET6, "any": socket.AF_UNSPEC}
_KINDS = {"4": "IPv4 address", "6": "IPv6 address", "any": "address"}
_Key = tuple[str, str]


class _Known(NamedTuple):
    addresses: list[Address]
    until: float


class Resolver:
    """`nameservers` are addresses, with `:port` if need be; without them those of the system."""

    def __init__(self, nameservers: Sequence[str] | None = None) -> None:
        self._servers = nameservers
        self._ares: aiodns.DNSResolver | None = None
        self._known: dict[_Key, _Known] = {}
        self._asking: dict[_Key, asyncio.Future[pycares.AddrInfoResult]] = {}
        self._forgetting: asyncio.TimerHandle | None = None

    async def resolve(
        self, host: str, family: str = "any", deadline: float | None = None
    ) -> list[Address]:
        """IPv6 before IPv4 where both are asked for; raises ProbeFailed (`dns`).

        `deadline` is the seconds that the whole run has: it gives up before, so that silent
        resolvers are told from a silent target.
        """
        within = PATIENCE if deadline is None else min(PATIENCE, deadline * 0.8)
        key = host, family
        known = self._known.get(key)
        now = time.monotonic()
        if known is not None and now < known.until:
            return known.addresses
        if known is not None and now >= known.until + STALE_FOR:
            known = None
        asking = self._asking.get(key) or self._ask(key, host, family)
        # One who stops waiting does not take the answer from the others.
        await asyncio.wait({asking}, timeout=min(within, _STALE_AFTER) if known else within)
        if not asking.done():
            why = f" within {within:.2g} s"
        elif (error := asking.exception()) is None or _is_denied(error):
            return self._answer(key)
        else:
            why = f": {_words(error)}"
        if known is not None:
            if (trace := current_trace.get()) is not None:
                trace.facts["resolved_stale"] = True
            return known.addresses
        raise ProbeFailed(Reason.DNS, f"no resolver answered for {host}{why}", blame="path")

    def close(self) -> None:
        if self._forgetting is not None:
            self._forgetting.cancel()
        if self._ares is not None:
            self._ares.cancel()
            self._ares = None  # its last reference: the channel goes with it

    def _answer(self, key: _Key) -> list[Address]:
        host, family = key
        found = self._known.get(key)
        if found is None:
            shown = safe_text(host, 100)
            raise ProbeFailed(Reason.DNS, f"{shown} has no {_KINDS[family]}")
        return found.addresses

    def _ask(self, key: _Key, host: str, family: str) -> asyncio.Future[pycares.AddrInfoResult]:
        asking = self._channel().getaddrinfo(
            host,
            family=_FAMILIES[family],
            type=socket.SOCK_STREAM,  # else each address comes once for every kind of socket
            flags=_AI_NOSORT,  # sorting opens a socket for each address
        )
        self._asking[key] = asking
        asking.add_done_callback(partial(self._answered, key))
        return asking

    def _answered(self, key: _Key, asked: asyncio.Future[pycares.AddrInfoResult]) -> None:
        """Runs before those who wait go on."""
        self._asking.pop(key, None)
        if asked.cancelled():
            return
        error = asked.exception()
        if error is not None:
            if _is_denied(error):
                self._known.pop(key, None)
                self._forget_denials_soon()
            return
        nodes = asked.result().nodes[:_MOST_ADDRESSES]
        self._known.pop(key, None)
        if nodes:
            ttl = min(max(min(node.ttl for node in nodes), LEAST_TTL), MOST_TTL)
            found = sorted(map(_address, nodes), key=lambda address: -address.version)
            self._known[key] = _Known(found, time.monotonic() + ttl)
            if len(self._known) > _MOST_KEPT:
                del self._known[next(iter(self._known))]  # what was learnt first

    def _forget_denials_soon(self) -> None:
        """c-ares believes a denial as long as the zone says, an hour perhaps: a name that is
        there again would stay down.
        """
        if self._forgetting is None:
            loop = asyncio.get_running_loop()
            self._forgetting = loop.call_later(LEAST_TTL, self._forget_denials)

    def _forget_denials(self) -> None:
        import pycares

        self._forgetting = None
        if self._ares is not None:
            with contextlib.suppress(pycares.AresError):
                self._ares._channel.reinit()  # the only way that empties its cache

    def _channel(self) -> aiodns.DNSResolver:
        if self._ares is None:
            import aiodns
            import pycares

            try:
                self._ares = aiodns.DNSResolver(
                    nameservers=self._servers, timeout=_ATTEMPT, tries=_TRIES
                )
            except (pycares.AresError, OSError) as error:
                text = f"no resolver can be made: {safe_text(str(error))}"
                raise ProbeFailed(Reason.SELF, text, blame="self") from None
        return self._ares


def _is_denied(error: BaseException) -> bool:
    """Whether the name, or this family of it, does not exist."""
    import pycares

    codes = (
        pycares.errno.ARES_ENOTFOUND,
        pycares.errno.ARES_ENODATA,
        pycares.errno.ARES_EBADNAME,
    )
    return error.args[:1] != () and error.args[0] in codes


def _words(error: BaseException) -> str:
    return safe_text(str(error.args[-1] if error.args else error)).lower()


def _address(node: pycares.AddrInfoNode) -> Address:
    host = node.addr[0].decode()
    if node.family == socket.AF_INET:
        return Address(socket.AF_INET, host)
    zone = node.addr[3]
    return Address(socket.AF_INET6, f"{host}%{zone}" if zone else host)
