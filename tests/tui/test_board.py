"""The board: order, cursor, folds, filter, and what changes under the cursor."""

from __future__ import annotations

from tests.tui import regency
from tests.tui.fake_api import FakeApi
from tests.tui.stage import NOW, Stage, stage
from tui.screens.check import CheckScreen
from tui.widgets.check_list import CheckList


def here(on: Stage) -> str:
    """The line of the cursor."""
    return next(line for line in on.lines() if line.startswith("▌"))


async def test_it_opens_on_the_worst_row_with_nothing_in_front() -> None:
    async with stage() as on:
        assert "✗ MATI" in here(on)
        assert "Menara utama" in here(on)
        assert len(on.app.screen_stack) == 1


async def test_unhandled_stands_before_handled_before_degraded_before_unknown() -> None:
    async with stage() as on:
        names = ["Menara utama", "Perizinan daring", "Kecamatan Jambu", "Surel dinas"]
        names += ["Uplink ISP B", "SRIKANDI", "Gateway pusat data"]
        places = [on.text().index(name) for name in names]
        assert places == sorted(places)


async def test_a_row_says_its_state_by_sign_and_word_and_who_is_at_it() -> None:
    async with stage() as on:
        assert "✔budi" in on.line("Surel dinas")
        assert "⤷twr-utama" in on.line("Kecamatan Jambu")
        assert "▲ TERGANGGU" in on.line("Uplink ISP B")
        assert "? TAK DIKETAHUI" in on.line("SRIKANDI")
        assert "✓ NORMAL" in on.line("Gateway pusat data")


async def test_the_header_counts_states_and_names_the_age_of_the_data() -> None:
    async with stage() as on:
        top = on.lines()[:2]
        assert "Kabupaten Contoh" in top[0]
        assert "data 0 dtk" in top[0]
        assert "✗ 8 mati" in top[1]
        assert "pemantau ✓ baik" in top[1]


async def test_keys_move_the_cursor() -> None:
    async with stage() as on:
        await on.press("j")
        assert "Perizinan daring" in here(on)
        await on.press("k")
        assert "Menara utama" in here(on)
        await on.press("down", "down", "up")
        assert "Perizinan daring" in here(on)
        await on.press("G")
        assert "Cctv Simpang" in here(on) or "cctv-simpang" in here(on)
        await on.press("g")
        assert "PERLU PERHATIAN" in here(on)
        await on.press("pagedown")
        assert "PERLU PERHATIAN" not in here(on)


async def test_enter_opens_the_check_with_its_target_in_sight() -> None:
    async with stage() as on:
        await on.press("enter")
        assert isinstance(on.app.screen, CheckScreen)
        await on.shows("icmp  10.20.")
        await on.press("escape")
        assert "Menara utama" in here(on)


async def test_a_click_moves_and_a_second_one_opens() -> None:
    async with stage() as on:
        row = next(y for y, line in enumerate(on.lines()) if "Surel dinas" in line)
        await on.pilot.click(offset=(20, row))
        assert "Surel dinas" in here(on)
        await on.pilot.click(offset=(20, row))
        await on.until(lambda: isinstance(on.app.screen, CheckScreen))


async def test_a_new_outage_comes_on_top_while_the_cursor_stays_on_its_check() -> None:
    async with stage() as on:
        await on.press("j")
        on.api.change("isp-a", state="down", since=regency.text(NOW), reason="timeout")
        await on.until(lambda: "MATI" in on.text() and "isp-a" in on.text().split("pusat-data")[0])
        assert "Perizinan daring" in here(on)


async def test_until_somebody_moves_the_cursor_follows_the_worst() -> None:
    async with stage() as on:
        on.api.change("isp-a", state="down", since=regency.text(NOW), reason="timeout")
        await on.until(lambda: "isp-a" in here(on))


async def test_a_recovery_goes_back_to_its_group_and_the_cursor_with_it() -> None:
    async with stage() as on:
        await on.press("j", "k")
        on.api.change("twr-utama", state="up", overlays=[], incident=None, reason=None)
        await on.until(lambda: "✓ NORMAL" in here(on))
        assert "Menara utama" in here(on)


async def test_a_removed_check_leaves_the_board() -> None:
    async with stage() as on:
        on.api.remove("dc-mail")
        await on.hides("Surel dinas")


async def test_space_folds_the_group_of_the_cursor_and_opens_it_again() -> None:
    async with stage() as on:
        await on.press("space")
        assert "▸ PERLU PERHATIAN" in here(on)
        assert "Menara utama" not in "\n".join(on.lines()[3:])
        await on.press("right")
        assert "Surel dinas" in on.text()


async def test_the_filter_narrows_as_one_types_and_escape_shows_everything_again() -> None:
    async with stage() as on:
        await on.press("slash", *"kec")
        assert "Surel dinas" not in on.text()
        await on.press("space", *"!jambu")
        assert "Kecamatan Jambu" not in on.text()
        assert "Kecamatan Getasan" in here(on) or "Kecamatan Bandungan" in here(on)
        await on.press("enter", "j")
        assert "18 dari 60" in on.text()
        await on.press("escape")
        assert "Surel dinas" in on.text()


async def test_the_filter_knows_states_in_both_languages() -> None:
    async with stage() as on:
        await on.press("slash", *"degraded")
        assert "Uplink ISP B" in on.text()
        assert "Surel dinas" not in on.text()
        await on.press(*["backspace"] * 8, *"terganggu")
        assert "Uplink ISP B" in on.text()


async def test_a_filter_that_matches_nothing_says_so() -> None:
    async with stage() as on:
        await on.press("slash", *"zzz")
        await on.shows("tidak ada yang cocok dengan “zzz”")


async def test_the_language_is_the_servers_and_a_key_switches_it() -> None:
    api = FakeApi.regency(NOW)
    api.language = "en"
    async with stage(api) as on:
        assert "✗ DOWN" in here(on)
        await on.press("l")
        assert "✗ MATI" in here(on)
        assert "KEADAAN" in on.text()


async def test_with_nothing_wrong_it_says_so_and_needs_no_colour_for_it() -> None:
    api = FakeApi([regency.row("web", since=regency.text(NOW - 60))], [], NOW)
    async with stage(api) as on:
        assert "✓ Tidak ada gangguan" in on.text()
        assert "✓ NORMAL" in here(on)


async def test_an_empty_board_says_so() -> None:
    async with stage(FakeApi([], [], NOW)) as on:
        assert "belum ada pemeriksaan" in on.text()


async def test_a_paused_check_is_neither_up_nor_a_problem() -> None:
    async with stage(size=(100, 24)) as on:
        assert "= 1 dijeda" in on.lines()[1]
        await on.press("slash", *"jdih")
        assert "= DIJEDA" in here(on)
        assert "PERLU PERHATIAN" not in on.text()


async def test_of_ten_thousand_checks_only_the_visible_ones_are_ever_drawn() -> None:
    rows = [regency.row(f"c{n}", group=f"g{n % 50}") for n in range(10_000)]
    async with stage(FakeApi(rows, [], NOW)) as on:
        drawn = 0
        board = on.app.screen.query_one(CheckList)
        line = board.line

        def counted(index: int, width: int) -> object:
            nonlocal drawn
            drawn += 1
            return line(index, width)

        board.line = counted  # type: ignore[method-assign,assignment]
        await on.press("G")
        for n in range(0, 10_000, 7):
            on.api.rows[f"c{n}"] = rows[n].model_copy(update={"latency_s": 0.5})
        on.api.put(*(on.api.rows[f"c{n}"] for n in range(0, 10_000, 7)))
        await on.shows("500 ms")
        assert drawn < 400
