"""icmp: echo requests; loss and round trip."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Mapping
from functools import cached_property
from typing import Self

from pydantic import Field, model_validator

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
from probes.net import Address, Family, Net, literal_address
from probes.net.ping import Echo, Series
from probes.net.targets import ascii_host, check_host

# Close enough that a run is over soon, far enough apart that one short burst of congestion
# does not take them all.
_APART = 0.2
_MARGIN = 0.25  # seconds before the deadline at most, so that what was lost is told


class Expect(Options):
    loss: float | None = Field(
        default=None, ge=0, lt=100, description="percent lost at most; without it not all"
    )


class Limits(Options):
    loss: float | None = Field(
        default=None, ge=0, lt=100, description="more percent lost is degraded"
    )
    rtt: Seconds | None = Field(default=None, description="a longer average round trip is degraded")


class IcmpProbe(Probe):
    """A host that answers echo requests; down when all packets are lost."""

    count: int = Field(default=3, ge=1, le=20, description="packets")
    size: int = Field(default=56, ge=8, le=1472, description="bytes of payload")
    family: Family = Field(default="any", description="IP version: 4, 6 or any there is a way to")
    expect: Expect = Field(default=Expect(), description="what must hold, else it is down")
    degraded: Limits = Field(default=Limits(), description="limits of what is still good")

    @classmethod
    def check_target(cls, target: str) -> None:
        check_host(target)

    @cached_property
    def _host(self) -> str:
        return ascii_host(self.target)

    @model_validator(mode="after")
    def _family_fits(self) -> Self:
        literal = literal_address(self.target)
        if literal is not None and self.family not in ("any", str(literal.version)):
            raise ValueError(
                f"the target is an IPv{literal.version} address; "
                f'fix: remove family or write family = "{literal.version}"'
            )
        return self

    async def run(self, net: Net, before: Mapping[str, Fact]) -> Outcome:
        trace = current_trace.get() or Trace()
        began = time.perf_counter()
        end = asyncio.get_running_loop().time() + self.timeout - min(_MARGIN, self.timeout / 20)
        try:
            addresses = await net.resolve(self._host, self.family, self.timeout)
        finally:
            trace.phases["resolve"] = spent = time.perf_counter() - began
        with self._series(net, addresses, trace, spent) as series:
            await series.wait(end)
            return self._outcome(series.echoes, trace)

    def _series(self, net: Net, addresses: list[Address], trace: Trace, spent: float) -> Series:
        """To the first address; to one of the other family if there is no way to the first."""
        apart = min(_APART, max(0.0, self.timeout / 2 - spent) / self.count)

        def to(address: Address) -> Series:
            trace.facts["ip"], trace.facts["ip_family"] = address.host, address.version
            return net.ping.series(address, count=self.count, size=self.size, apart=apart)

        first = addresses[0]
        other = next((each for each in addresses if each.family != first.family), None)
        try:
            return to(first)
        except ProbeFailed:
            if other is None:
                raise
        return to(other)

    def _outcome(self, echoes: list[Echo], trace: Trace) -> Outcome:
        times = [echo.rtt for echo in echoes if echo.rtt is not None]
        lost = 1 - len(times) / len(echoes)
        facts = trace.facts
        facts["sent"], facts["received"] = len(echoes), len(times)
        facts["loss_percent"] = round(lost * 100, 2)
        facts["duplicates"] = sum(echo.duplicates for echo in echoes)
        if not times:
            partial = Outcome(facts, trace.phases, loss=lost)
            for echo in echoes:
                if echo.error is not None:
                    raise ProbeFailed(Reason.UNREACHABLE, echo.error, partial=partial)
            packets = "the packet" if len(echoes) == 1 else f"none of {len(echoes)} packets"
            text = f"{packets} was {'not ' if len(echoes) == 1 else ''}answered"
            raise ProbeFailed(Reason.TIMEOUT, text, partial=partial)
        average = sum(times) / len(times)
        spread = math.sqrt(sum((each - average) ** 2 for each in times) / len(times))
        trace.phases["rtt"] = average
        facts["rtt_min_ms"] = round(min(times) * 1000, 3)
        facts["rtt_avg_ms"] = round(average * 1000, 3)
        facts["rtt_max_ms"] = round(max(times) * 1000, 3)
        facts["rtt_stddev_ms"] = round(spread * 1000, 3)
        facts["hop_limit"] = next((e.hop_limit for e in echoes if e.hop_limit is not None), None)
        outcome = Outcome(facts, trace.phases, average, lost, self._degraded(lost, average))
        if self.expect.loss is not None and lost * 100 > self.expect.loss:
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
