"""The demo: a regency, its links, a mail collector and the daemon that watches it all."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import socket
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from uptime import config
from uptime.simulate import inventory, scenario, script
from uptime.simulate.inventory import FAST, NORMAL, Found, Inventory, Pace, place
from uptime.simulate.mail import Mail, MailCollector
from uptime.simulate.network import Network, NoNetwork
from uptime.simulate.regency import Regency
from uptime.simulate.server import Address
from uptime.simulate.web import WebServer

PingSockets = Mapping[socket.AddressFamily, socket.socket]
RunDaemon = Callable[[Path, PingSockets], Awaitable[int]]
Say = Callable[[str], None]

MAIL_PAGE = Address("127.0.0.1", 7426)
SOCKET = "siaga.sock"
_LISTEN = "127.0.0.1:7424"
_LONGEST_SOCKET = 100  # bytes of a path; the kernel takes a few more


class AlreadyPlaying(Exception):
    """Another demo uses the same directory."""


async def demo(source: Path, state: Path, *, fast: bool, run_daemon: RunDaemon, say: Say) -> int:
    """Until the daemon ends; its exit code.

    Keeps its files in `state`; the history there goes on from one demo to the next. Raises
    ConfigErrors, AlreadyPlaying, CannotServe.
    """
    pace = FAST if fast else NORMAL
    await asyncio.to_thread(config.load, source)  # its errors name lines of this file
    async with _stage(source, state, pace, say) as stage:
        for line in stage.where_to_look():
            say(line)
        playing = asyncio.create_task(
            script.play(stage.regency, scenario.SCRIPT, scenario.PERIOD, pace, say)
        )
        try:
            return await run_daemon(stage.config, stage.ping_sockets)
        finally:
            playing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await playing


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything but the daemon, up and running."""

    config: Path
    regency: Regency
    network: Network | None
    mail_page: Address
    listen: str
    database: Path
    checks: int

    @property
    def ping_sockets(self) -> PingSockets:
        return {socket.AF_INET: self.network.ping} if self.network is not None else {}

    def where_to_look(self) -> Iterator[str]:
        yield f"Kabupaten Contoh, a simulated regency: {self.checks} checks, outages by script."
        yield f"  terminal UI  siaga tui -c {self.config}  (in a clone: make tui)"
        yield f"  status page  http://{self.listen}/"
        yield f"  metrics      http://{self.listen}/metrics"
        yield f"  database     {self.database}"
        yield f"  mail         http://{self.mail_page}/"
        yield "  Ctrl-C ends it; the history stays."


@contextlib.asynccontextmanager
async def _stage(source: Path, state: Path, pace: Pace, say: Say) -> AsyncIterator[Stage]:
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(os.close, await asyncio.to_thread(_lock, state))
        network = await asyncio.to_thread(_network, say)
        if network is not None:
            stack.callback(network.close)
        plan = await asyncio.to_thread(Inventory.read, source)
        regency = await asyncio.to_thread(Regency, plan, state, network)
        await regency.open()
        stack.push_async_callback(regency.close)
        collector, channels = await _collector(plan, say)
        page = MAIL_PAGE
        if collector is not None:
            stack.push_async_callback(collector.close)
            web = WebServer(MAIL_PAGE, lambda _: collector.page())
            await web.open()
            stack.push_async_callback(web.close)
            page = web.address
        listen = _free(_LISTEN)
        path_of_socket, clear = await asyncio.to_thread(_socket, state)
        stack.push_async_callback(asyncio.to_thread, clear)
        found = Found(
            targets=regency.targets,
            stand_ins=regency.stand_ins,
            channels=channels,
            ca_file=regency.authority.file.absolute(),
            listen=listen,
            socket=path_of_socket,
        )
        path = state / "checks.toml"
        configuration = inventory.derive(plan, found, pace)
        await asyncio.to_thread(inventory.write, configuration, path, plan.path)
        yield Stage(
            config=path,
            regency=regency,
            network=network,
            mail_page=page,
            listen=listen,
            database=state / "siaga.db",
            checks=len(plan.checks),
        )


def _network(say: Say) -> Network | None:
    try:
        return Network.open()
    except NoNetwork as error:
        say(
            f"No network of our own here ({error}): links are measured by tcp instead of icmp, "
            "so a loss or a delay on a link does not show."
        )
        return None


async def _collector(plan: Inventory, say: Say) -> tuple[MailCollector | None, dict[str, str]]:
    """One collector for all channels that mail to this machine, and their addresses."""

    def told(mail: Mail) -> None:
        say(f"{mail.at:%H.%M.%S}  SUREL     {', '.join(mail.receivers)}: {mail.subject}")

    collector: MailCollector | None = None
    channels = {}
    for name, channel in plan.raw.get("channels", {}).items():
        url = channel["url"]
        where = place("http", url) if isinstance(url, str) and url.startswith("mailto:") else None
        if where is None:
            continue
        if collector is None:
            collector = MailCollector(Address(where.host, where.port), told)
            await collector.open()
        channels[name] = urlunsplit(urlsplit(url)._replace(netloc=str(collector.address)))
    return collector, channels


def _lock(state: Path) -> int:
    """One demo a directory; the kernel lets go of the lock whatever happens to us. Blocking."""
    state.mkdir(parents=True, exist_ok=True)
    file = os.open(state / "demo.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(file)
        told = f"a demo runs in {state} already; stop it or use --state"
        raise AlreadyPlaying(told) from error
    return file


def _free(address: str) -> str:
    """The address, or another port where something listens there."""
    host, _, port = address.rpartition(":")
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, int(port)))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            trial.bind((host, 0))
        return f"{host}:{trial.getsockname()[1]}"


def _socket(state: Path) -> tuple[str, Callable[[], None]]:
    """Beside the database, or somewhere shorter where that path is too long for a socket.

    And what to do at the end. Blocking.
    """
    beside = str(state.absolute() / SOCKET)
    if len(os.fsencode(beside)) <= _LONGEST_SOCKET:
        return beside, lambda: None
    folder = tempfile.TemporaryDirectory(prefix="siaga-")
    return f"{folder.name}/{SOCKET}", folder.cleanup
