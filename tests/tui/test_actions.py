"""What a key does happens once, is shown while it is under way, and can be taken back."""

from __future__ import annotations

import httpx
import pytest

from tests.tui.fake_api import FakeApi
from tests.tui.stage import NOW, stage
from tui import actions


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "PAUSE_S", 0.0)


async def test_a_acknowledges_at_once_and_then_offers_a_note() -> None:
    async with stage() as on:
        await on.press("a")
        await on.shows("Catatan untuk INC-482")
        await on.until(lambda: on.api.incidents["INC-482"].acked)
        await on.press(*"PLN", "enter")
        await on.until(lambda: on.api.incidents["INC-482"].notes)
        assert on.api.incidents["INC-482"].notes[0].text == "PLN"
        assert on.writes() == ["incidents/INC-482/ack", "incidents/INC-482/note"]
        await on.shows("INC-482: catatan tersimpan")


async def test_the_note_may_be_left_out() -> None:
    async with stage() as on:
        await on.press("a", "escape")
        await on.shows("✔budi")
        await on.shows("INC-482 ditangani budi; u membatalkan")
        assert on.writes() == ["incidents/INC-482/ack"]


async def test_pressed_twice_it_is_one_action_with_one_key() -> None:
    async with stage() as on:
        on.api.gate.clear()
        await on.press("a", "escape", "a", "escape")
        assert "INC-482: menandai ditangani …" in on.lines()[-1]
        assert "…" in on.line("Menara utama")
        on.api.gate.set()
        await on.until(lambda: on.api.incidents["INC-482"].acked)
        assert on.writes() == ["incidents/INC-482/ack"]
        assert on.api.keys[0]


async def test_what_is_acknowledged_says_by_whom_instead_of_doing_it_again() -> None:
    async with stage() as on:
        await on.press("slash", *"mail", "enter", "a")
        await on.shows("INC-479 sudah ditangani budi")
        assert on.writes() == []


async def test_u_takes_it_back() -> None:
    async with stage() as on:
        await on.press("a", "escape")
        await on.until(lambda: on.api.incidents["INC-482"].acked)
        await on.until(lambda: not on.app.scene.busy)
        await on.press("u")
        await on.until(lambda: not on.api.incidents["INC-482"].acked)
        await on.shows("INC-482 tidak lagi ditangani")


async def test_a_lost_answer_is_asked_for_again_under_the_same_key() -> None:
    async with stage() as on:
        answer = on.api.answer
        lost: list[str | None] = []

        async def forgetful(
            method: str, target: str, key: str | None, body: bytes
        ) -> tuple[int, bytes]:
            reply = await answer(method, target, key, body)
            if method == "POST" and not lost:
                lost.append(key)
                raise httpx.ReadError("cut")
            return reply

        on.api.answer = forgetful  # type: ignore[method-assign]
        await on.press("a", "escape")
        await on.shows("INC-482 ditangani budi")
        assert len(on.api.keys) == 2
        assert len(set(on.api.keys)) == 1


async def test_offline_it_is_shown_as_pending_and_then_as_failed() -> None:
    async with stage() as on:
        on.api.fail(httpx.ConnectError("refused"))
        await on.shows("TERPUTUS")
        await on.press("a", "escape")
        await on.shows("INC-482: gagal: tidak ada yang menjawab")
        assert not on.app.scene.busy
        assert on.api.incidents["INC-482"].acked is None


async def test_a_refusal_is_told_in_the_servers_words() -> None:
    async with stage() as on:
        on.api.scopes = []
        await on.press("a", "escape")
        await on.shows('INC-482: gagal: this needs a token with the scope "ack"')


async def test_on_a_row_that_hangs_on_another_the_roots_incident_is_meant() -> None:
    async with stage() as on:
        await on.press("slash", *"jambu", "enter", "a", "escape")
        await on.until(lambda: on.api.incidents["INC-482"].acked)


async def test_where_there_is_no_incident_it_says_so() -> None:
    async with stage() as on:
        await on.press("slash", *"dc-fw", "enter", "a")
        await on.shows("tidak ada insiden terbuka di sini")
        assert on.writes() == []


async def test_n_adds_a_note_and_c_a_cause() -> None:
    async with stage() as on:
        await on.press("n", *"dicek", "enter")
        await on.until(lambda: on.api.incidents["INC-482"].notes)
        await on.press("c", *"listrik", "enter")
        await on.until(lambda: on.api.incidents["INC-482"].cause)
        assert on.api.incidents["INC-482"].cause == "listrik"


async def test_p_measures_now_and_says_what_came_of_it() -> None:
    async with stage() as on:
        await on.press("p")
        await on.shows("twr-utama: ✗ MATI · waktu habis")
        assert on.writes() == ["checks/twr-utama/probe"]


async def test_an_action_outlives_the_screen_it_was_started_on() -> None:
    async with stage() as on:
        on.api.gate.clear()
        await on.press("enter", "p", "escape")
        on.api.gate.set()
        await on.shows("twr-utama: ✗ MATI")


async def test_a_closed_incident_cannot_be_acknowledged() -> None:
    async with stage(FakeApi.regency(NOW), incident="INC-471") as on:
        await on.until(lambda: "listrik (PLN)" in on.text())
        await on.press("a")
        await on.shows("INC-471 sudah selesai")
        assert on.writes() == []
