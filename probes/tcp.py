"""tcp: connect, optionally send and expect, optionally through TLS."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
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
    safe_text,
)
from probes.net import Net
from probes.net.connect import Connected, connect, failure
from probes.net.targets import ascii_host, split_host_port
from probes.net.tls import Trust, certificate_facts, handshake_failed, keep_presented, session_facts

MAX_ANSWER = 64 * 1024


class Limits(Options):
    latency: Seconds | None = Field(default=None, description="slower than this is degraded")


class TcpProbe(Probe):
    """A port that accepts connections."""

    send: str | None = Field(default=None, description="text sent once connected")
    expect: str | None = Field(default=None, description="text that the answer must contain")
    tls: bool = Field(default=False, description="TLS right after connecting")
    verify: bool = Field(default=True, description="whether the certificate must be trusted")
    ca_file: Path | None = Field(default=None, description="PEM file of the authorities trusted")
    family: Literal["4", "6", "any"] = Field(default="any", description="IP version")
    degraded: Limits = Field(default=Limits(), description="limits of what is still good")

    @classmethod
    def check_target(cls, target: str) -> None:
        split_host_port(target)

    def prepare(self) -> None:
        if self.tls:
            from cryptography import x509  # noqa: F401

    @cached_property
    def _where(self) -> tuple[str, int]:
        host, port = split_host_port(self.target)
        return ascii_host(host), port

    async def run(self, net: Net, before: Mapping[str, Fact]) -> Outcome:
        trace = current_trace.get() or Trace()
        host, port = self._where
        began = time.perf_counter()
        addresses = await net.resolve(host, self.family)
        resolved = time.perf_counter()
        connected = await connect(addresses, port)
        phases, facts = trace.phases, trace.facts
        phases["resolve"] = resolved - began
        phases["connect"] = connected.at - resolved
        facts["ip"] = connected.address.host
        facts["ip_family"] = connected.address.version
        if not self.tls and self.send is None and self.expect is None:
            connected.sock.close()
        else:
            await self._converse(net, connected, host, trace)
        latency = sum(phases.values())
        limit = self.degraded.latency
        slow = limit is not None and latency > limit
        return Outcome(
            facts=facts,
            phases=phases,
            latency=latency,
            degraded=f"expected within {limit:g} s, took {latency:.3f} s" if slow else None,
        )

    async def _converse(self, net: Net, connected: Connected, host: str, trace: Trace) -> None:
        context = None
        if self.tls:
            context = net.contexts.get(Trust(ca_file=self.ca_file, verify=self.verify))
        reader, writer = await open_stream(connected, context, host, trace)
        try:
            began = time.perf_counter()
            if self.send is not None:
                writer.write(self.send.encode())
            if self.expect is not None:
                await self._read(reader, trace, began)
        except OSError as error:
            raise failure(error, "the connection broke") from None
        finally:
            writer.transport.abort()

    async def _read(self, reader: asyncio.StreamReader, trace: Trace, began: float) -> None:
        """Until what is expected has come; segments may cut it anywhere."""
        assert self.expect is not None
        wanted, got = self.expect.encode(), b""
        while wanted not in got:
            piece = await reader.read(4096)
            trace.phases["answer"] = time.perf_counter() - began
            got += piece
            trace.facts["answer"] = safe_text(got[:200].decode("utf-8", "replace"), 200)
            if not piece:
                shown = trace.facts["answer"] or "nothing"
                raise ProbeFailed(
                    Reason.ASSERTION, f'expected "{safe_text(self.expect, 80)}", got "{shown}"'
                )
            if len(got) > MAX_ANSWER:
                text = f'"{safe_text(self.expect, 80)}" is not in the first {MAX_ANSWER} bytes'
                raise ProbeFailed(Reason.TOO_LARGE, text)


async def open_stream(
    connected: Connected, context: ssl.SSLContext | None, name: str, trace: Trace
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A stream over a connected socket, through TLS if there is a context; phase `tls`."""
    began = time.perf_counter()
    box = keep_presented() if context is not None else []
    try:
        reader, writer = await asyncio.open_connection(
            sock=connected.sock,
            limit=MAX_ANSWER,
            ssl=context,
            server_hostname=name if context is not None else None,
        )
    except (OSError, ssl.SSLError, EOFError) as error:
        facts = certificate_facts(box)
        trace.facts.update(facts)
        raise handshake_failed(error, name, facts) from None
    except BaseException:
        connected.sock.close()
        raise
    finally:
        if context is not None:
            trace.phases["tls"] = time.perf_counter() - began
    if context is not None:
        trace.facts.update(session_facts(writer.get_extra_info("ssl_object")))
    return reader, writer
