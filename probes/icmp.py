"""icmp: echo requests; loss and round trip."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Mapping
from functools import cached_property
from typing import Literal

from pydantic import Field

from probes.base import (
    Fact,
    Options,
    Outcome,
    Probe,
    ProbeFailed,
    Reason,
    Seconds,
    Trace,
    current_trace,
)
from probes.net import Net
from probes.net.ping import Echo, new_echo
from probes.net.targets import ascii_host, check_host

# Close enough that a run is over soon, far enough apart that one short burst of congestion
# does not take them all.
_APART = 0.2


class Expect(Options):
    loss: float = Field(default=99.9, ge=0, le=100, description="percent lost at most")


class Limits(Options):
    loss: float | None = Field(
        default=None, ge=0, le=100, description="more percent lost is degraded"
    )
    rtt: Seconds | None = Field(default=None, description="a longer average round trip is degraded")


class IcmpProbe(Probe):
    """A host that answers echo requests; down when all packets are lost."""

    count: int = Field(default=3, ge=1, le=20, description="packets")
    size: int = Field(default=56, ge=8, le=1472, description="bytes of payload")
    family: Literal["4", "6", "any"] = Field(default="any", description="IP version")
    expect: Expect = Field(default=Expect(), description="what must hold, else it is down")
    degraded: Limits = Field(default=Limits(), description="limits of what is still good")

    @classmethod
    def check_target(cls, target: str) -> None:
        check_host(target)

    @cached_property
    def _host(self) -> str:
        return ascii_host(self.target)

    async def run(self, net: Net, before: Mapping[str, Fact]) -> Outcome:
        trace = current_trace.get() or Trace()
        began = time.perf_counter()
        address = (await net.resolve(self._host, self.family))[0]
        trace.phases["resolve"] = time.perf_counter() - began
        trace.facts["ip"], trace.facts["ip_family"] = address.host, address.version
        echoes = [new_echo(address) for _ in range(self.count)]
        try:
            await self._exchange(net, echoes)
        finally:
            for echo in echoes:
                net.ping.forget(echo)
        return self._outcome(echoes, trace)

    async def _exchange(self, net: Net, echoes: list[Echo]) -> None:
        """Send paced, the last by half of the timeout; wait until all are answered or it is
        time to judge what was, a little before the deadline.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + self.timeout * 0.95
        apart = min(_APART, self.timeout / 2 / len(echoes))
        for number, echo in enumerate(echoes):
            if number:
                await asyncio.sleep(apart)
            echo.done = loop.create_future()
            net.ping.send(echo, self.size)
        for echo in echoes:
            assert echo.done is not None
            if not echo.done.done():
                await asyncio.wait({echo.done}, timeout=max(0.0, end - loop.time()))

    def _outcome(self, echoes: list[Echo], trace: Trace) -> Outcome:
        times = [echo.rtt for echo in echoes if echo.rtt is not None]
        lost = 1 - len(times) / len(echoes)
        facts = trace.facts
        facts["sent"], facts["received"] = len(echoes), len(times)
        facts["loss_percent"] = round(lost * 100, 2)
        duplicates = sum(echo.duplicates for echo in echoes)
        if duplicates:
            facts["duplicates"] = duplicates
        if not times:
            refused = next((e.unreachable for e in echoes if e.unreachable), None)
            if refused is not None:
                raise ProbeFailed(Reason.UNREACHABLE, refused)
            raise ProbeFailed(
                Reason.TIMEOUT, f"none of {len(echoes)} packets was answered",
                partial=Outcome(facts, trace.phases, loss=lost),
            )  # fmt: skip
        average = statistics.fmean(times)
        trace.phases["rtt"] = average
        facts["rtt_min_ms"] = round(min(times) * 1000, 3)
        facts["rtt_avg_ms"] = round(average * 1000, 3)
        facts["rtt_max_ms"] = round(max(times) * 1000, 3)
        if len(times) > 1:
            facts["rtt_stddev_ms"] = round(statistics.pstdev(times) * 1000, 3)
        hops = next((e.hop_limit for e in echoes if e.hop_limit is not None), None)
        if hops is not None:
            facts["hop_limit"] = hops
        outcome = Outcome(facts, trace.phases, average, lost, self._degraded(lost, average))
        if lost * 100 > self.expect.loss:
            text = f"expected at most {self.expect.loss:g} % lost, got {lost * 100:.0f} %"
            raise ProbeFailed(Reason.ASSERTION, text, partial=outcome)
        return outcome

    def _degraded(self, lost: float, average: float) -> str | None:
        limits, said = self.degraded, []
        if limits.loss is not None and lost * 100 > limits.loss:
            said.append(f"expected at most {limits.loss:g} % lost, got {lost * 100:.0f} %")
        if limits.rtt is not None and average > limits.rtt:
            said.append(f"expected within {limits.rtt * 1000:g} ms, took {average * 1000:.1f} ms")
        return "; ".join(said) or None
