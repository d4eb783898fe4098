"""The check screen: why, since when, how it was."""

from __future__ import annotations

from tests.tui import regency
from tests.tui.fake_api import FakeApi
from tests.tui.stage import NOW, Stage, stage


async def opened(on: Stage, check: str) -> None:
    on.app.open_check(check)
    await on.shows("98,765 %")
    await on.hides("memuat")


async def test_at_80x24_everything_that_matters_is_in_sight() -> None:
    async with stage() as on:
        await opened(on, "web-perizinan")
        text = on.text()
        assert "✗ MATI  Perizinan daring" in text
        assert "INC-483 · belum ditangani" in text
        assert "http  https://web-perizinan.example/" in text
        assert "kode status: 503 Service Unavailable, expected 2xx" in text
        assert "status 2xx · contains Kabupaten" in text
        assert "ttfb" in text
        assert "certificate_days 41" in text
        assert "tiap 30 dtk · batas 10 dtk · 3× gagal = mati · 2× baik = pulih" in text
        assert "×××" in text
        assert "7 hari 99,871 %" in text


async def test_the_chart_has_bars_a_scale_and_times() -> None:
    async with stage() as on:
        await opened(on, "dc-gw")
        assert "ms┤" in on.text()
        assert on.text().count("█") > 50
        assert "kini" in on.text()


async def test_digits_zoom() -> None:
    async with stage() as on:
        await opened(on, "dc-gw")
        await on.press("4")
        await on.shows("Latensi 7 hari")
        await on.hides("memuat")
        await on.press("1")
        await on.shows("Latensi 1 jam")


async def test_parents_and_children_are_named_with_their_state() -> None:
    async with stage(size=(100, 40)) as on:
        await opened(on, "twr-utama")
        assert "✓ dc-sw-core" in on.line("Induk")
        assert "✗ kec-getasan" in on.line("Anak")


async def test_the_detail_is_fetched_when_the_check_changes_and_not_otherwise() -> None:
    async with stage() as on:
        await opened(on, "dc-gw")

        def fetched() -> int:
            return sum(path == "checks/dc-gw" for _, path in on.api.calls)

        before = fetched()
        on.api.change("dc-fw", latency_s=0.5)
        await on.until(lambda: on.app.scene.picture.rows["dc-fw"].latency_s == 0.5)
        assert fetched() == before
        on.api.change("dc-gw", latency_s=0.4567, last_result=regency.text(NOW))
        await on.until(lambda: fetched() == before + 1)
        await on.shows("457 ms")


async def test_a_check_that_is_removed_says_so_and_stays() -> None:
    async with stage() as on:
        await opened(on, "dc-gw")
        on.api.remove("dc-gw")
        await on.shows("pemeriksaan ini sudah tidak ada")


async def test_a_check_without_any_result_yet_is_shown_without_guessing() -> None:
    row = regency.row("new", state="unknown", condition="none", last_result=None, latency_s=None)
    async with stage(FakeApi([row], [], NOW)) as on:
        await on.press("enter")
        await on.shows("? TAK DIKETAHUI")
        assert "belum diukur" in on.text()


async def test_it_scrolls_where_it_does_not_fit() -> None:
    async with stage(size=(60, 12)) as on:
        await opened_small(on)
        await on.press(*["j"] * 30)
        await on.shows("INC-482")


async def opened_small(on: Stage) -> None:
    on.app.open_check("twr-utama")
    await on.shows("Sasaran")
    await on.until(lambda: ("GET", "checks/twr-utama/results") in on.api.calls)


async def test_help_names_every_key_of_every_screen() -> None:
    from tui.app import SiagaApp
    from tui.screens.base import bindings_of
    from tui.screens.board import BoardScreen
    from tui.screens.check import CheckScreen
    from tui.screens.incidents import IncidentsScreen
    from tui.widgets.check_list import CheckList

    async with stage(size=(80, 60)) as on:
        await on.press("question_mark")
        await on.shows("Di mana saja")
        places = (SiagaApp, BoardScreen, CheckScreen, IncidentsScreen, CheckList)
        for place in places:
            for binding in bindings_of(place):
                assert (binding.key_display or binding.key) in on.text()
                assert on.app.scene.words(binding.description) in on.text()
        await on.press("escape")
        await on.shows("PERLU PERHATIAN")


async def test_a_service_names_its_members_and_how_many_are_good() -> None:
    async with stage(size=(100, 40)) as on:
        on.api.change(
            "kec-getasan", type="all", target="dc-gw, web-perizinan", last_result=None,
            latency_s=None, depends_on=["dc-gw", "web-perizinan"],
        )  # fmt: skip
        await on.until(lambda: on.app.scene.picture.rows["kec-getasan"].type == "all")
        await opened(on, "kec-getasan")
        assert "1 dari 2 baik" in on.line("Terakhir")
        assert "✗ web-perizinan" in on.line("Induk")
        assert "Aturan" not in on.text()
