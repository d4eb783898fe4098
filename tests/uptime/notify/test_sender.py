"""The edge to Apprise, against real receivers on loopback."""

from __future__ import annotations

import threading
import time

import pytest

from probes.base import Secret
from tests.http_collector import HttpCollector
from tests.mail_collector import MailCollector
from uptime.notify.render import Message
from uptime.notify.sender import AppriseSender, Sent, Verdict, judge

MESSAGE = Message(
    "[P2 TINGGI] GANGGUAN: Kantor <b>A</b> & B", "baris *satu*\n_dua_ [x](y)", "failure"
)
TOKEN = "123456789:AAHcanaryCANARYcanaryCANARYcanary12"


def sender(url: str, deadline: float = 15.0) -> AppriseSender:
    return AppriseSender("piket", Secret(url), deadline=deadline)


async def test_a_message_arrives_at_a_webhook_as_it_was_written() -> None:
    async with HttpCollector() as collector:
        sent = await sender(collector.url).send(MESSAGE)
        (post,) = await collector.wait(1)
    assert sent == Sent(Verdict.DELIVERED)
    assert post.title == MESSAGE.title
    assert post.message == MESSAGE.body
    assert post.body["type"] == "failure"


async def test_a_message_arrives_by_mail_as_it_was_written() -> None:
    async with MailCollector() as collector:
        sent = await sender(collector.url).send(MESSAGE)
        (mail,) = await collector.wait(1)
    assert sent == Sent(Verdict.DELIVERED)
    assert mail.subject == MESSAGE.title
    assert mail.text.replace("\r\n", "\n").strip() == MESSAGE.body
    assert mail.receivers == ["piket@contoh.example"]
    assert mail.message.get_content_type() in {
        "text/plain",
        "multipart/mixed",
        "multipart/alternative",
    }


async def test_two_mails_in_a_row_do_not_wait_for_each_other() -> None:
    async with MailCollector() as collector:
        ours = sender(collector.url)
        await ours.send(MESSAGE)
        started = time.monotonic()
        await ours.send(MESSAGE)
        assert time.monotonic() - started < 2.0
        await collector.wait(2)


async def test_a_line_break_in_a_title_makes_no_mail_header() -> None:
    bad = Message("x\r\nBcc: spy@evil.example\r\n\r\nbody", "text", "info")
    async with MailCollector() as collector:
        await sender(collector.url).send(bad)
        (mail,) = await collector.wait(1)
    assert mail.message["Bcc"] is None
    assert mail.receivers == ["piket@contoh.example"]
    assert "spy@evil.example" in mail.subject


@pytest.mark.parametrize(
    ("step", "verdict", "words"),
    [
        ("500", Verdict.FAILED, "500"),
        ("503", Verdict.FAILED, "503"),
        ("429", Verdict.FAILED, "429"),
        ("504", Verdict.UNKNOWN, "504"),
        ("400", Verdict.MALFORMED, "400"),
        ("401", Verdict.REFUSED, "401"),
        ("403", Verdict.REFUSED, "403"),
        ("404", Verdict.REFUSED, "404"),
        ("302", Verdict.FAILED, "302"),
        ("reset", Verdict.UNKNOWN, "cut off"),
    ],
)
async def test_each_answer_of_a_webhook_is_told_apart(
    step: str, verdict: Verdict, words: str
) -> None:
    async with HttpCollector([step]) as collector:
        sent = await sender(collector.url).send(MESSAGE)
    assert sent.verdict is verdict
    assert words in (sent.error or "")


@pytest.mark.parametrize(("step", "verdict"), [("451", Verdict.FAILED), ("550", Verdict.REFUSED)])
async def test_each_answer_of_a_mail_server_is_told_apart(step: str, verdict: Verdict) -> None:
    async with MailCollector([step]) as collector:
        sent = await sender(collector.url).send(MESSAGE)
    assert sent.verdict is verdict
    assert step in (sent.error or "")


@pytest.mark.parametrize("scheme", ["json", "mailto"])
async def test_a_closed_port_is_certainly_not_delivered(scheme: str) -> None:
    async with HttpCollector() as collector:
        port = collector.port
    query = "?from=a@contoh.example&to=b@contoh.example&mode=insecure"
    sent = await sender(f"{scheme}://127.0.0.1:{port}/{query if scheme == 'mailto' else ''}").send(
        MESSAGE
    )
    assert sent == Sent(Verdict.FAILED, "connection refused")


async def test_our_own_words_about_a_refused_connection_are_not_taken_for_the_reason() -> None:
    message = Message("DOWN", "Detail: Connection refused, Errno 111", "failure")
    async with HttpCollector(["reset"]) as collector:
        sent = await sender(collector.url).send(message)
    assert sent.verdict is Verdict.UNKNOWN


async def test_a_receiver_that_hangs_ends_at_the_deadline_and_may_have_got_it() -> None:
    async with HttpCollector(default="hang") as collector:
        started = time.monotonic()
        sent = await sender(collector.url, deadline=0.3).send(MESSAGE)
        took = time.monotonic() - started
    assert sent == Sent(Verdict.UNKNOWN, "no answer within 0.3 s")
    assert 0.3 <= took < 2.0


async def test_hanging_attempts_are_bounded_and_no_further_thread_is_started() -> None:
    async with HttpCollector(default="hang") as collector:
        stuck = sender(collector.url, deadline=0.1)
        await stuck.warm()
        for _ in range(3):
            assert (await stuck.send(MESSAGE)).verdict is Verdict.UNKNOWN
        before = threading.active_count()
        sent = await stuck.send(MESSAGE)
        assert sent == Sent(Verdict.FAILED, "earlier attempts still hang")
        assert threading.active_count() <= before


async def test_an_address_that_its_service_refuses_is_a_verdict_and_not_an_exception() -> None:
    sent = await sender("tgram://bad").send(MESSAGE)
    assert sent.verdict is Verdict.REFUSED
    assert "bad" not in (sent.error or "")


async def test_a_plug_in_that_raises_is_a_verdict_and_not_an_exception(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = sender("json://127.0.0.1:9/")

    def explode() -> None:
        raise RuntimeError("token in here")

    monkeypatch.setattr(broken, "_load", explode)
    sent = await broken.send(MESSAGE)
    assert sent.verdict is Verdict.UNKNOWN
    assert "token" not in (sent.error or "")


async def telegram(monkeypatch: pytest.MonkeyPatch, collector: HttpCollector) -> AppriseSender:
    """The Telegram plug-in with its API base turned to the collector."""
    ours = sender(f"tgram://{TOKEN}/-1001234567/")
    await ours.warm()
    plugin = ours._service[0]
    monkeypatch.setattr(type(plugin), "notify_url", f"http://127.0.0.1:{collector.port}/bot")
    return ours


async def test_telegram_gets_text_in_which_nothing_is_markup(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with HttpCollector() as collector:
        ours = await telegram(monkeypatch, collector)
        assert (await ours.send(MESSAGE)).verdict is Verdict.DELIVERED
        (post,) = await collector.wait(1)
    assert post.path == f"/bot{TOKEN}/sendMessage"
    assert post.body["chat_id"] == -1001234567
    assert post.body["parse_mode"] == "HTML"
    assert "&lt;b&gt;A&lt;/b&gt; &amp; B" in post.message
    assert "*satu*" in post.message
    assert "[x](y)" in post.message


@pytest.mark.parametrize("step", ["401", "429", "500", "reset", "ok"])
async def test_a_bot_token_reaches_neither_a_log_at_any_level_nor_an_error(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    step: str,
) -> None:
    caplog.set_level(1)
    async with HttpCollector([step]) as collector:
        ours = await telegram(monkeypatch, collector)
        sent = await ours.send(MESSAGE)
        assert collector.posts
    shown = caplog.text + repr(sent) + repr(ours) + "".join(capfd.readouterr())
    assert "canary" not in shown.lower()


async def test_a_bot_token_is_not_shown_when_nobody_answers(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(1)
    async with HttpCollector() as collector:
        pass
    ours = await telegram(monkeypatch, collector)
    sent = await ours.send(MESSAGE)
    assert sent == Sent(Verdict.FAILED, "connection refused")
    assert "canary" not in caplog.text.lower()


def test_what_telegram_asks_to_wait_is_read_from_its_description() -> None:
    text = "Failed to send: Too Many Requests: retry after 35, error=429."
    assert judge([("WARNING", text)], ()).retry_after == 35.0


def test_a_chat_that_is_gone_is_about_the_channel_and_not_the_text() -> None:
    text = "Failed to send Telegram notification to -100: Bad Request: chat not found, error=400."
    assert judge([("WARNING", text)], ()).verdict is Verdict.REFUSED


def test_a_message_that_reached_some_receivers_may_be_a_repeat_for_them() -> None:
    lines = [("INFO", "Sent Email to a@b.example"), ("WARNING", 'Sending email to "c" failed.')]
    assert judge(lines, ()).verdict is Verdict.UNKNOWN


def test_an_error_shows_no_secret_and_no_control_character() -> None:
    sent = judge([("WARNING", "failed at \x1b[31mhunter2 for bob")], ("hunter2",))
    assert sent.error == "failed at  [31m*** for bob"
