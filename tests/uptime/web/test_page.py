"""The status page and its kin: what strangers see, and never more."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from tests.uptime.web.fakes import NOW, FakeServices, client, result, turns_of_the_loop
from tests.uptime.web.hostile import HOSTILE
from uptime.core.model import Condition, Overlay, Status
from uptime.web import page as page_module
from uptime.web.app import create_app

PUBLIC = ("/", "/?lang=en", "/status.json", "/feed.atom", "/feed.atom?lang=en")


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> FakeServices:
    monkeypatch.setattr(page_module, "_LEAST_S", 0.0)
    made = FakeServices()
    made.add("canary-id-1", public="Portal Kabupaten")
    made.add(
        "canary-id-2",
        Condition.DOWN,
        public="Perizinan daring",
        name="canary-internal-name",
        target="https://canary-host.internal:8443/",
        labels={"opd": "canary-label"},
        result=result(
            "canary-id-2",
            status=Status.DOWN,
            reason="refused",
            detail="canary-detail 10.20.30.40",
            facts={"address": "10.20.30.40"},
        ),
    )
    made.add("canary-private", Condition.DOWN, name="canary-private-name")
    made.open_incident(4821, "canary-id-2", detail="canary-detail", reason="refused")
    made.open_incident(4822, "canary-private")
    return made


async def get(services: FakeServices, path: str, *, public: bool = True) -> str:
    async with client(create_app(services, public=public), peer="192.0.2.9") as http:
        answer = await http.get(path)
    assert answer.status_code == 200
    return answer.text


async def test_it_speaks_indonesian_first_and_english_on_demand(services: FakeServices) -> None:
    page = await get(services, "/")
    assert '<html lang="id">' in page
    assert "1 layanan mengalami gangguan" in page
    assert "Gangguan" in page
    assert "sejak 24 Nov 2026 09:54 WIB" in page
    assert "Data per 24 Nov 2026 10:04 WIB" in page
    assert 'href="/?lang=en"' in page
    page = await get(services, "/?lang=en")
    assert "Services with an outage: 1" in page
    assert "Data as of 24 Nov 2026 10:04 WIB" in page
    assert '<html lang="id">' in await get(services, "/?lang=fr")


@pytest.mark.parametrize("path", PUBLIC)
@pytest.mark.parametrize("public", [True, False])
async def test_nothing_private_is_ever_in_it(
    services: FakeServices, path: str, public: bool
) -> None:
    text = await get(services, path, public=public)
    assert "Perizinan daring" in text
    for secret in ("canary", "10.20.30.40", "8443", "refused", "INC-", "4821", "4822"):
        assert secret not in text


async def test_a_badge_is_there_for_public_checks_alone(services: FakeServices) -> None:
    for public in (True, False):
        async with client(create_app(services, public=public)) as http:
            good = await http.get("/badge/canary-id-2.svg")
            assert good.status_code == 200
            assert good.headers["content-type"].startswith("image/svg+xml")
            assert "Gangguan" in good.text
            assert "canary" not in good.text
            ET.fromstring(good.text)
            private = await http.get("/badge/canary-private.svg")
            missing = await http.get("/badge/nope.svg")
    assert (private.status_code, missing.status_code) == (404, 404)
    assert private.json()["detail"] == missing.json()["detail"]


async def test_stale_data_is_never_all_well(services: FakeServices) -> None:
    services.board.remove("canary-id-2")
    assert "Semua layanan berjalan normal" in await get(services, "/")
    services.clock.time = NOW + 3_600_000  # nobody told the board; the clock tells the page
    page = await get(services, "/")
    assert "normal" not in page.lower()
    assert "Keadaan layanan saat ini belum diketahui" in page
    assert "Data per 24 Nov 2026 10:04 WIB" in page
    data = json.loads(await get(services, "/status.json"))
    assert data["state"] == "unknown"
    assert data["services"][0]["state"] == "unknown"
    assert data["data_at"] == "2026-11-24T03:04:04.678Z"
    badge = await get(services, "/badge/canary-id-1.svg")
    assert "Belum diketahui" in badge


async def test_one_unknown_service_is_enough_not_to_say_all_is_well(
    services: FakeServices,
) -> None:
    services.board.remove("canary-id-2")
    services.add("third", Condition.NONE, public="Ketiga")
    page = await get(services, "/")
    assert "Keadaan 1 layanan belum diketahui" in page
    assert "Semua layanan" not in page


async def test_without_public_checks_nothing_is_claimed() -> None:
    page = await get(FakeServices(), "/")
    assert "Belum ada layanan yang ditampilkan" in page
    assert "Belum ada data" in page
    ET.fromstring(await get(FakeServices(), "/feed.atom"))


async def test_a_paused_service_says_so(services: FakeServices) -> None:
    services.board.rows["canary-id-2"].overlays = frozenset({Overlay.PAUSED})
    assert "Pemantauan dijeda" in await get(services, "/")


async def test_announced_work_is_no_outage_and_no_all_is_well(services: FakeServices) -> None:
    """The services are down and up as `services` has them; work on both of them is on."""
    for row in services.board.rows.values():
        row.overlays = frozenset({Overlay.MAINTENANCE})
    page = await get(services, "/")
    assert "2 layanan sedang dalam pemeliharaan terjadwal" in page
    assert "Gangguan</span>" not in page
    assert "Semua layanan" not in page
    data = json.loads(await get(services, "/status.json"))
    assert {data["state"], *(each["state"] for each in data["services"])} == {"maintenance"}
    assert "Pemeliharaan terjadwal" in await get(services, "/badge/canary-id-1.svg")


async def test_work_on_one_service_does_not_hide_the_outage_of_another(
    services: FakeServices,
) -> None:
    services.board.rows["canary-id-1"].overlays = frozenset({Overlay.MAINTENANCE})
    assert "1 layanan mengalami gangguan" in await get(services, "/")


async def test_every_answer_carries_its_policy(services: FakeServices) -> None:
    async with client(create_app(services, public=True)) as http:
        for path in (*PUBLIC, "/badge/canary-id-1.svg", "/static/page.css", "/nope"):
            headers = (await http.get(path)).headers
            assert "default-src 'none'" in headers["content-security-policy"]
            assert "unsafe" not in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert "set-cookie" not in headers
            head = await http.head(path)
            assert head.status_code == (404 if path == "/nope" else 200)


async def test_the_feed_has_an_entry_an_outage_that_keeps_its_id(
    services: FakeServices,
) -> None:
    atom = "{http://www.w3.org/2005/Atom}"

    async def entry() -> tuple[str, str, str]:
        feed = ET.fromstring(await get(services, "/feed.atom"))
        (found,) = feed.findall(f"{atom}entry")
        return tuple(found.findtext(f"{atom}{n}") or "" for n in ("id", "title", "updated"))  # type: ignore[return-value]

    before = await entry()
    assert before[1] == "Perizinan daring: Gangguan"
    services.board.show_incident(replace(services.board.incidents[4821], ended=NOW))
    after = await entry()
    assert after[0] == before[0]
    assert after[1] == "Perizinan daring: Pulih"
    assert after[2] == "2026-11-24T03:04:05.678Z"


class Inert(HTMLParser):
    """Collects what could run or load in a page, and its text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_names_stay_text(services: FakeServices, text: str) -> None:
    services.add("hostile", Condition.DOWN, public=text)
    services.open_incident(9, "hostile")
    services.config.siaga = replace(services.config.siaga, organisation=text)
    page = Inert()
    html = await get(services, "/")
    page.feed(html)
    assert not page.tags & {"script", "img", "iframe", "b"}
    assert not {name for name in page.attributes if name.startswith("on")}
    assert "49" not in page.text
    for path in ("/feed.atom", "/badge/hostile.svg"):
        ET.fromstring(await get(services, path))
    json.loads(await get(services, "/status.json"))
    for path in (*PUBLIC, "/badge/hostile.svg"):
        answer = await get(services, path)
        assert all(c.isprintable() or c == "\n" for c in answer.replace("\u00a0", " "))
        assert len(answer) < 20_000


async def test_readers_share_what_was_made_until_the_board_changes(
    services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "_LEAST_S", 60.0)
    monkeypatch.setattr(page_module, "_MOST_S", 120.0)
    async with client(create_app(services, public=True)) as http:
        first = await http.get("/")
        services.board.remove("canary-id-2")
        assert (await http.get("/")).content == first.content  # within the least time
        monkeypatch.setattr(page_module, "_LEAST_S", 0.0)
        assert (await http.get("/")).content != first.content


async def test_ten_thousand_services_are_shown_without_holding_the_loop(
    services: FakeServices,
) -> None:
    for number in range(10_000):
        services.add(f"check-{number}", public=f"Layanan {number}")
    async with turns_of_the_loop() as turns:
        page = await get(services, "/")
    assert "Layanan 9999" in page
    assert turns[-1] < sum(turns) / 4, "in slices, however fast the machine"
