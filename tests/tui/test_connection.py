"""Bad days of the connection: never blank, never green, and back by itself."""

from __future__ import annotations

import httpx
import pytest

from tests.tui import regency
from tests.tui.fake_api import FakeApi
from tests.tui.stage import NOW, Stage, stage
from tui.widgets.check_list import CheckList

BAD_DAYS = [
    (httpx.ConnectError("refused"), "tidak ada yang menjawab"),
    (httpx.ReadTimeout("slow"), "tidak ada jawaban pada waktunya"),
    (httpx.RemoteProtocolError("gone"), "sambungan putus"),
    ((500, b"oops"), "peladen galat"),
    ((200, b"<html>"), "jawaban tidak dipahami"),
    ((200, b'{"checks": 7}'), "jawaban tidak dipahami"),
    ((302, b""), "jawaban tidak dipahami"),
    ((401, b""), "token ditolak"),
    ((403, b"{}"), "token ditolak"),
    ((429, b"{}"), "permintaan ditolak"),
]


def colours(on: Stage, text: str) -> set[str]:
    """The colours that a text on the screen is drawn in."""
    for strip in on.app.screen._compositor.render_strips():
        if text in strip.text:
            return {
                str(segment.style.color.get_truecolor())
                for segment in strip
                if segment.style is not None and segment.style.color and segment.text.strip()
            }
    raise LookupError(text)


@pytest.mark.parametrize(("how", "said"), BAD_DAYS)
async def test_a_failure_is_named_with_the_age_of_what_is_shown(
    how: Exception | tuple[int, bytes], said: str
) -> None:
    async with stage() as on:
        on.api.fail(how)
        await on.shows("TERPUTUS")
        assert said in on.text()
        on.api.now += 125
        on.app._tick()
        await on.shows("2 mnt lalu")
        assert "Menara utama" in on.text()


async def test_without_a_connection_nothing_is_green() -> None:
    async with stage() as on:
        green = colours(on, "Gateway pusat data")
        on.api.fail(httpx.ConnectError("refused"))
        await on.until(lambda: on.app.screen.query_one(CheckList).grey)
        await on.pilot.pause()
        grey = colours(on, "Gateway pusat data")
        assert grey < green or not grey & (green - grey)
        assert len(grey) < len(green)


async def test_it_comes_back_by_itself_and_takes_what_it_missed() -> None:
    async with stage() as on:
        on.api.fail(httpx.ConnectError("refused"))
        await on.shows("TERPUTUS")
        on.api.remove("dc-mail")
        on.api.fail(None)
        await on.hides("TERPUTUS")
        assert "Surel dinas" not in on.text()


async def test_at_the_very_start_it_says_whom_it_calls_and_why_nobody_answers() -> None:
    api = FakeApi.regency(NOW)
    api.fail(httpx.ConnectError("refused"))
    async with stage(api, connected=False) as on:
        await on.shows("TERPUTUS")
        assert "belum ada data" in on.text()
        assert "✓" not in on.text()
        api.fail(None)
        await on.shows("Menara utama")


async def test_an_answer_that_never_comes_greys_the_board() -> None:
    async with stage() as on:
        on.api.now += 100
        on.app._tick()
        await on.until(lambda: on.app.screen.query_one(CheckList).grey)
        assert "data 1 mnt" in on.text()


@pytest.mark.parametrize("waiting", [False, True])
async def test_another_life_of_the_daemon_is_taken_in_full(waiting: bool) -> None:
    async with stage() as on:
        if waiting:  # the long poll of the old life
            await on.until(lambda: on.api.calls.count(("GET", "status")) > 1)
        on.api.restart([regency.row("web", name="Yang baru")])
        await on.shows("Yang baru")
        await on.hides("Menara utama")


async def test_of_a_newer_server_what_is_not_understood_is_shown_as_unknown() -> None:
    async with stage() as on:
        odd = on.api.rows["web-portal"].model_copy(update={"state": "quarantined"})
        on.api.put(odd)
        await on.press("slash", *"portal", "enter")
        await on.shows("peladen lebih baru: quarantined")
        assert "? TAK DIKETAHUI" in on.line("Portal kabupaten")


async def test_the_monitors_own_trouble_is_in_sight() -> None:
    async with stage() as on:
        on.api.monitor = regency.health(
            state="degraded", reasons=["loop lag"], store="broken", config_errors=["a.toml:1: x"]
        )
        on.api._touch()
        await on.shows("penyimpanan rusak · loop lag")
        assert "konfigurasi salah: 1 · a.toml:1: x" in on.text()
        assert "pemantau ▲ terganggu" in on.text()


async def test_without_the_scope_it_says_read_only_and_keys_say_why() -> None:
    api = FakeApi.regency(NOW)
    api.scopes = ["read"]
    async with stage(api) as on:
        assert "BACA SAJA" in on.lines()[0]
        for key in "aunp":
            await on.press(key)
            assert "perlu token dengan hak “ack”" in on.lines()[-1]
        assert on.writes() == []


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (200, 50), (20, 4), (1, 1)])
async def test_every_screen_fits_every_size(size: tuple[int, int]) -> None:
    async with stage(size=size) as on:
        for keys in (["enter"], ["escape", "i"], ["escape", "question_mark"], ["escape", "slash"]):
            await on.press(*keys)
            assert all(len(line) <= size[0] for line in on.lines())


async def test_a_storm_of_resizes_ends_with_a_board_that_fits() -> None:
    async with stage() as on:
        for width in (40, 120, 79, 200, 60, 80):
            await on.pilot.resize_terminal(width, width // 4)
        await on.pilot.pause()
        assert "Menara utama" in on.text()
        assert max(map(len, on.lines())) <= 80
