"""The incidents screen, and the way there."""

from __future__ import annotations

from typing import Any

from tests.tui import regency
from tests.tui.fake_api import FakeApi
from tests.tui.stage import NOW, stage
from tui.screens.check import CheckScreen
from uptime.schema import ProposedCause, TicketRow


async def test_open_ones_that_nobody_is_at_come_first_then_the_newest() -> None:
    async with stage() as on:
        await on.press("i")
        await on.shows("INC-471")
        places = [on.text().index(each) for each in ("INC-483", "INC-482", "INC-479", "INC-471")]
        assert places == sorted(places)
        assert "3 terbuka · 2 belum ditangani" in on.text()


async def test_the_one_under_the_cursor_is_told_in_full() -> None:
    async with stage() as on:
        await on.press("i", "j", "j")
        await on.shows("INC-479  Surel dinas")
        text = on.text()
        assert "ditangani budi sejak" in text
        assert "aplikasi: antrean penuh setelah pembaruan" in text
        assert "budi: Postfix macet, vendor dihubungi." in text
        assert "✓ piket-telegram · gangguan · terkirim" in text
        assert "antara" in text


async def test_what_did_not_arrive_says_so_and_why() -> None:
    async with stage() as on:
        await on.press("i", "j")
        await on.shows("surel · gangguan · menunggu · 3× dicoba · 550 mailbox unavailable")
        assert "5: kec-sumowono, kec-bandungan" in on.text()


async def test_a_deep_link_opens_its_incident() -> None:
    async with stage(incident="INC-479") as on:
        await on.shows("INC-479  Surel dinas")
        await on.press("escape")
        await on.shows("PERLU PERHATIAN")


async def test_a_deep_link_to_what_is_not_there_says_so() -> None:
    async with stage(incident="INC-999999") as on:
        await on.shows("INC-999999 tidak ditemukan")


async def test_a_deep_link_reaches_an_incident_older_than_the_list() -> None:
    api = FakeApi.regency(NOW)
    old = regency.incident("INC-7", state="closed", name="Sangat lama", ended=regency.text(60.0))
    api.hidden["INC-7"] = old
    async with stage(api, incident="INC-7") as on:
        await on.shows("INC-7  Sangat lama")


async def test_the_vendors_ticket_is_told_with_the_times_people_stated() -> None:
    api = FakeApi.regency(NOW)
    ticket = TicketRow(
        number="TT-0451", reported=regency.text(NOW - 600), acknowledged=regency.text(NOW - 300),
        restored=None, by="budi", at=regency.text(NOW),
    )  # fmt: skip
    over: dict[str, Any] = {"state": "closed", "ended": regency.text(60.0)}
    api.hidden["INC-7"] = regency.incident("INC-7", name="Tautan", ticket=ticket, **over)
    async with stage(api, incident="INC-7") as on:
        await on.shows("TT-0451 · dilaporkan")
        assert "diterima penyedia" in on.text()
        assert "dinyatakan pulih" not in on.text()


async def test_enter_opens_the_check_of_the_incident() -> None:
    async with stage() as on:
        await on.press("i")
        await on.shows("INC-483")
        await on.press("enter")
        assert isinstance(on.app.screen, CheckScreen)
        await on.shows("Perizinan daring")


async def test_acknowledging_moves_an_incident_and_the_cursor_goes_with_it() -> None:
    async with stage() as on:
        await on.press("i")
        await on.shows("INC-483  Perizinan")
        await on.press("a", "escape")
        await on.shows("1 belum ditangani")
        assert "INC-483  Perizinan" in on.text()
        assert on.writes() == ["incidents/INC-483/ack"]


async def test_an_incident_of_the_monitor_itself_has_no_check_to_open() -> None:
    api = FakeApi.regency(NOW)
    api.put_incident(regency.incident("INC-500", kind="self", check=None, cause="uplink"))
    async with stage(api) as on:
        await on.press("i")
        await on.shows("pemantau itu sendiri")
        await on.press("enter")
        assert not isinstance(on.app.screen, CheckScreen)
        await on.press("p")
        await on.shows("tidak ada pemeriksaan di sini")


GUESS = ProposedCause(
    cause="power",
    confidence="strong",
    rule="power",
    evidence=["dc-ups"],
    why={"id": "UPS ikut terputus", "en": "UPS is down as well"},
)


def guessed(api: FakeApi, incident: str, **over: Any) -> None:
    values = {"cause": None, "proposed": GUESS} | over
    api.put_incident(api.incidents[incident].model_copy(update=values))


async def test_a_proposed_cause_is_shown_as_one_in_the_language_of_the_screen() -> None:
    async with stage() as on:
        await on.press("i")
        await on.shows("INC-483")
        guessed(on.api, "INC-483")
        await on.shows("belum diisi; dugaan: listrik (UPS ikut terputus)")


async def test_a_recovery_closes_it_in_sight() -> None:
    async with stage() as on:
        await on.press("i")
        await on.shows("INC-483")
        closed = {"state": "closed", "ended": regency.text(NOW)}
        on.api.put_incident(on.api.incidents["INC-483"].model_copy(update=closed))
        await on.shows("2 terbuka · 1 belum ditangani")


async def test_y_accepts_the_proposed_cause_with_its_evidence() -> None:
    async with stage() as on:
        await on.press("i")
        await on.shows("INC-483")
        guessed(on.api, "INC-483")
        await on.shows("y setuju dugaan")
        await on.press("y")
        await on.shows("INC-483: penyebab: listrik; c mengubah")
        assert on.writes() == ["incidents/INC-483/cause"]
        found = on.api.incidents["INC-483"]
        assert (found.cause, found.cause_reason) == ("power", "UPS ikut terputus")
        await on.shows("listrik: UPS ikut terputus")
        assert "dugaan" not in on.text()


async def test_the_key_is_named_where_there_is_something_to_accept_and_only_there() -> None:
    async with stage() as on:
        await on.press("i")
        await on.shows("INC-483  Perizinan")
        assert "setuju dugaan" not in on.text()
        guessed(on.api, "INC-482")
        await on.press("j")
        await on.shows("INC-482  Menara utama")
        await on.shows("setuju dugaan")
        assert all(len(line) <= 80 for line in on.lines())
        await on.press("k")
        await on.hides("setuju dugaan")
        await on.press("y")
        await on.shows("INC-483: tidak ada dugaan untuk disetujui")
        assert on.writes() == []


async def test_what_a_person_said_already_is_not_replaced_by_a_guess() -> None:
    async with stage() as on:
        await on.press("i")
        await on.shows("INC-483")
        guessed(on.api, "INC-483", cause="vendor")
        await on.shows("penyedia")
        await on.press("y")
        await on.shows("tidak ada dugaan")
        assert on.writes() == []


async def test_who_may_only_read_is_told_how_to_accept() -> None:
    api = FakeApi.regency(NOW)
    api.scopes = ["read"]
    guessed(api, "INC-483")
    async with stage(api) as on:
        await on.press("i")
        await on.shows("dugaan: listrik")
        await on.press("y")
        await on.shows("baca saja: perlu token")
        assert on.writes() == []
