from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from tests.uptime.simulate.helpers import INVENTORY, connects, get
from uptime.simulate.fault import Fault, Kind, Outage
from uptime.simulate.inventory import Inventory, place
from uptime.simulate.link import LinkStandIn
from uptime.simulate.mail import MailServer
from uptime.simulate.regency import Regency


@contextlib.asynccontextmanager
async def opened(folder: Path, plan: Inventory | None = None) -> AsyncIterator[Regency]:
    """Without a network of our own, as where it is forbidden: every link is a port."""
    regency = await asyncio.to_thread(Regency, plan or INVENTORY, folder, None)
    await regency.open()
    try:
        yield regency
    finally:
        await regency.close()


async def test_every_check_finds_somebody_at_its_target(tmp_path: Path) -> None:
    async with opened(tmp_path) as regency:
        assert regency.targets.keys() == INVENTORY.checks.keys()
        for name, target in regency.targets.items():
            kind = "tcp" if name in regency.stand_ins else INVENTORY.checks[name]["type"]
            where = place(kind, target)
            assert where is not None
            server = regency.servers[name]
            assert (where.host, where.port) == server.address
            assert await connects(server.address), name


async def test_every_page_holds_the_text_its_check_waits_for(tmp_path: Path) -> None:
    async with opened(tmp_path) as regency:
        pages = {n: c for n, c in INVENTORY.checks.items() if c["type"] == "http"}
        assert len(pages) == 19
        for name, check in pages.items():
            answer = await get(regency.targets[name], regency.authority.file)
            assert answer.status_code == 200, name
            assert check.get("expect", {}).get("contains", "") in answer.text, name


async def test_a_page_with_wrong_content_lacks_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as regency:
        for name in ("dc-backup", "cctv-simpang", "internet-luar", "web-portal"):
            outage = Outage(0, 1, (name,), Fault(Kind.WRONG), "", "")
            waits_for = INVENTORY.checks[name]["expect"]["contains"]
            await regency.begin(outage)
            text = (await get(regency.targets[name], regency.authority.file)).text
            assert waits_for not in text
            await regency.end(outage)
            text = (await get(regency.targets[name], regency.authority.file)).text
            assert waits_for in text


async def test_the_service_bus_says_in_json_how_it_is(tmp_path: Path) -> None:
    async with opened(tmp_path) as regency:
        url, ca_file = regency.targets["app-spl"], regency.authority.file
        assert INVENTORY.checks["app-spl"]["expect"] == {"json": {"status": "UP"}}
        assert (await get(url, ca_file)).json()["status"] == "UP"
        await regency.begin(Outage(0, 1, ("app-spl",), Fault(Kind.WRONG), "", ""))
        assert (await get(url, ca_file)).json()["status"] == "DOWN"


async def test_a_fallen_tower_takes_its_districts_along_and_nobody_else(tmp_path: Path) -> None:
    async with opened(tmp_path) as regency:
        fallen = ("twr-utama", "kec-getasan")
        outage = Outage(0, 1, fallen, Fault(Kind.SILENT), "", "")
        addresses = {n: regency.servers[n].address for n in (*fallen, "kec-bergas")}
        await regency.begin(outage)
        assert [await connects(a) for a in addresses.values()] == [False, False, True]
        await regency.end(outage)
        assert [await connects(a) for a in addresses.values()] == [True, True, True]


async def test_loss_does_not_show_by_tcp(tmp_path: Path) -> None:
    async with opened(tmp_path) as regency:
        assert len(regency.stand_ins) == 31
        await regency.begin(Outage(0, 1, ("isp-b",), Fault(Kind.LOSSY, 0.12), "", ""))
        assert isinstance(regency.servers["isp-b"], LinkStandIn)
        assert await connects(regency.servers["isp-b"].address)


async def test_two_regencies_do_not_get_in_each_others_way(tmp_path: Path) -> None:
    async with opened(tmp_path / "one") as one, opened(tmp_path / "two") as two:
        both = [*one.servers.values(), *two.servers.values()]
        assert len({server.address for server in both}) == 120
        assert await connects(two.servers["dc-db"].address)


async def test_what_lies_elsewhere_is_not_played(tmp_path: Path) -> None:
    file = tmp_path / "checks.toml"
    text = (
        '[checks.away]\ntype = "http"\ntarget = "https://portal.example/"\n'
        '[checks.web]\ntype = "http"\ntarget = "https://127.33.99.1:8443/"\n'
        '[checks.seal]\ntype = "tls"\ntarget = "127.33.99.1:8443"\n'
        '[checks.mail]\ntype = "tcp"\ntarget = "127.33.99.2:2525"\nexpect = "220"\n'
    )
    await asyncio.to_thread(file.write_text, text)
    async with opened(tmp_path, await asyncio.to_thread(Inventory.read, file)) as regency:
        assert regency.servers.keys() == {"web", "seal", "mail"}
        assert regency.servers["web"] is regency.servers["seal"], "one place, one server"
        assert isinstance(regency.servers["mail"], MailServer)
        await regency.begin(Outage(0, 1, ("away", "mail"), Fault(Kind.CLOSED), "", ""))
        assert not await connects(regency.servers["mail"].address)
