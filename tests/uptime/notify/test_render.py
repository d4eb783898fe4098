"""What messages say."""

from __future__ import annotations

import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.base import Reason
from tests.uptime.notify.world import BEGAN, MINUTE, incident, subject
from uptime.core.causes import Cause
from uptime.core.model import Acknowledgement, Incident, Notification, Severity, Status
from uptime.core.proposed import Proposal
from uptime.notify import Settings, Subject, when
from uptime.notify.render import MAX_BODY, MAX_TITLE, Circumstances, Message, Renderer, cut_lines
from uptime.notify.words import WORDS

NOW = BEGAN + 30_000
CHECKS = {f"check-{n}": subject(f"check-{n}") for n in range(500)} | {
    "dc-gw": subject("dc-gw", name="Gerbang pusat data")
}
KINDS = ["down", "degraded", "recovered", "improved", "reminder", "test"]


def render(
    kind: str,
    what: Incident,
    language: str = "id",
    check: Subject | None = None,
    now: int = NOW,
    owed: int | None = None,
    **marks: bool,
) -> Message:
    checks = {**CHECKS, check.id: check} if check else CHECKS
    renderer = Renderer(Settings("Diskominfo", "Asia/Jakarta", "id"), language, checks.get)
    row = Notification(1, what.id, "piket", kind, 3, NOW, NOW)
    return renderer.message(row, what, Circumstances(now, owed or now, **marks))


def down(**changes: object) -> Incident:
    return incident(482, **{"check": "dc-gw", **changes})


def over(**changes: object) -> Incident:
    return down(**{"ended": BEGAN + 15 * MINUTE, "closing": "recovered"} | changes)


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_both_languages_say_the_same_things_with_the_same_placeholders() -> None:
    assert WORDS["id"].keys() == WORDS["en"].keys()
    for key, text in WORDS["id"].items():
        assert placeholders(text) == placeholders(WORDS["en"][key]), key


def test_every_reason_has_plain_words_in_both_languages() -> None:
    for reason in Reason:
        assert f"reason.{reason.value}" in WORDS["id"]
        assert f"reason.{reason.value}" in WORDS["en"]


def test_an_outage_in_indonesian() -> None:
    message = render("down", down(), now=BEGAN + 50_000)
    assert message.title == "[P2 TINGGI] GANGGUAN: Gerbang pusat data"
    assert message.body.splitlines() == [
        "Sejak 24 Nov 2026 02.10 WIB (50 dtk).",
        "Gejala: tidak menjawab sampai batas waktu.",
        "Rincian: no answer from 192.0.2.17",
        "Keadaan sekarang: terputus.",
        "INC-482 · INC-482.3.down.piket",
    ]
    assert message.tone == "failure"


GUESS = Proposal(Cause.POWER, "power", "strong", ("check-1", "check-2"))


def test_what_rules_propose_is_called_a_guess_with_its_evidence() -> None:
    body = render("down", down(proposed=GUESS)).body
    assert "Dugaan: listrik (Name of check-1 terputus sedangkan Name of check-2 normal)." in body
    assert "Sebab:" not in body
    english = render("down", down(proposed=GUESS), "en").body
    assert "Likely cause: power (Name of check-1 is down while Name of check-2 is fine)." in english


def test_a_recovery_says_that_nobody_entered_a_cause_before_it_guesses() -> None:
    lines = render("recovered", over(proposed=GUESS)).body.splitlines()
    at = lines.index("Sebab: belum diisi.")
    assert lines[at + 1].startswith("Dugaan: listrik (")


def test_a_persons_word_leaves_no_room_for_a_guess() -> None:
    for kind, what in (("down", down), ("recovered", over)):
        body = render(kind, what(proposed=GUESS, cause="serat putus")).body
        assert "Sebab: serat putus." in body
        assert "Dugaan" not in body


def test_a_recovery_in_indonesian() -> None:
    up = replace(CHECKS["dc-gw"], state=Status.UP)
    message = render("recovered", over(), check=up, now=BEGAN + 15 * MINUTE + 5000)
    assert message.title == "PULIH: Gerbang pusat data"
    assert message.body.splitlines() == [
        "Pulih 24 Nov 2026 02.25 WIB, lama gangguan 15 mnt (02.10–02.25 WIB).",
        "Sebab: belum diisi.",
        "Ketersediaan bulan ini 99,812% (target 99,5%).",
        "Keadaan sekarang: normal.",
        "INC-482 · INC-482.3.recovered.piket",
    ]
    assert message.tone == "success"


def test_an_outage_with_what_hangs_on_it_is_one_message_that_names_and_counts() -> None:
    message = render("down", down(severity=Severity.CRITICAL, affected=("check-1", "check-2")))
    assert message.title == (
        "[P1 KRITIS] Gerbang pusat data terputus; 2 lokasi di bawahnya ikut tidak terjangkau"
    )
    assert "Terdampak: 2 (Name of check-1, Name of check-2)." in message.body


def test_more_names_than_fit_are_counted() -> None:
    affected = tuple(f"check-{n}" for n in range(500))
    message = render("down", down(affected=affected), "en")
    assert "Affected: 500 (" in message.body
    assert "more)." in message.body
    assert len(message.body) <= MAX_BODY
    shown = message.body.count("Name of check-")
    assert f"… {500 - shown} more" in message.body


def test_a_degradation_shows_its_figures() -> None:
    seen = CHECKS["dc-gw"].result
    assert seen is not None
    result = seen._replace(loss=0.125, latency=0.1504)
    slow = replace(CHECKS["dc-gw"], state=Status.DEGRADED, result=result)
    message = render("degraded", down(kind="degraded", reason=None), check=slow)
    assert message.title == "[P2 TINGGI] TERGANGGU: Gerbang pusat data"
    assert "Terukur: 12,5% paket hilang, 150,4 ms." in message.body
    assert message.tone == "warning"


def test_a_service_beyond_the_uplink_is_called_so_and_the_local_network_fine_only_if_known() -> (
    None
):
    outside = replace(CHECKS["dc-gw"], external=True)
    message = render("down", down(), "en", check=outside)
    assert message.title == "[P2 HIGH] OUTSIDE SERVICE DOWN: Gerbang pusat data"
    assert "local fault" not in message.body
    message = render("down", down(), "en", check=replace(outside, uplink=True))
    assert "The local network is fine: not a local fault." in message.body


def test_a_reminder_says_how_long_and_who_has_it() -> None:
    held = down(acked=Acknowledgement("budi", BEGAN + MINUTE))
    message = render("reminder", held, "en", now=BEGAN + 4 * 60 * MINUTE)
    assert message.title == "[P2 HIGH] STILL DOWN (4 h): Gerbang pusat data"
    assert "Acknowledged by budi since 24 Nov 2026 02:11 WIB." in message.body


def test_a_recovery_to_degraded_says_so() -> None:
    slow = replace(CHECKS["dc-gw"], state=Status.DEGRADED)
    message = render("improved", over(closing="degraded"), "en", check=slow)
    assert message.title == "BETTER, STILL DEGRADED: Gerbang pusat data"
    assert "but still degraded" in message.body
    assert message.tone == "warning"


def test_a_recovery_that_did_not_last_says_so() -> None:
    message = render("recovered", over(), "en")
    assert "is down again now" in message.body


def test_a_removed_check_is_closed_and_not_called_recovered() -> None:
    message = render("recovered", over(closing="removed"), "en")
    assert message.title == "CLOSED: Gerbang pusat data is no longer watched"
    assert "recovered" not in message.body.replace("INC-482.3.recovered.piket", "").lower()


def test_the_monitors_own_trouble_names_its_cause_and_no_check() -> None:
    message = render("down", down(check=None, kind="self", cause="uplink lost"), "en")
    assert "MONITOR" in message.title
    assert "uplink lost" in message.title
    assert "Gerbang" not in message.title + message.body


def test_a_late_message_says_by_how_much_and_one_on_time_does_not() -> None:
    late = render("down", down(), now=NOW + 5 * MINUTE, owed=NOW)
    assert "Dikirim 02.15 WIB, terlambat 5 menit." in late.body
    slow = render("down", down(), now=BEGAN + 3 * MINUTE)
    assert "Dikirim 02.13 WIB." in slow.body
    assert "Dikirim" not in render("down", down()).body


def test_marks_and_key_survive_any_length() -> None:
    affected = tuple(f"check-{n}" for n in range(500))
    message = render(
        "down", down(affected=affected, detail="x" * 5000), repeat=True, unstored=True, short=True
    )
    assert len(message.body) <= 900
    assert message.body.endswith(
        "Mungkin pesan ulang.\nBelum tersimpan di basis data pemantau.\n"
        "INC-482 · INC-482.3.down.piket"
    )


@given(
    name=st.text(max_size=300),
    detail=st.text(max_size=600),
    cause=st.text(max_size=300) | st.none(),
    kind=st.sampled_from(KINDS),
    language=st.sampled_from(["id", "en"]),
    ended=st.booleans(),
    count=st.integers(0, 60),
)
def test_foreign_text_is_bounded_harmless_and_never_a_template(
    name: str, detail: str, cause: str | None, kind: str, language: str, ended: bool, count: int
) -> None:
    affected = tuple(f"check-{n}" for n in range(count))
    what = (over if ended else down)(detail=detail, cause=cause, affected=affected)
    message = render(kind, what, language, check=replace(CHECKS["dc-gw"], name=name))
    assert "\n" not in message.title
    assert 0 < len(message.title) <= MAX_TITLE
    assert len(message.body) <= MAX_BODY
    for character in message.title + message.body.replace("\n", ""):
        assert character.isprintable() or character == " " or ord(character) > 0x7F, repr(character)
    (message.title + message.body).encode()


def test_braces_and_markup_of_a_target_come_out_as_they_are() -> None:
    odd = replace(CHECKS["dc-gw"], name="{0.__class__} <b>[x](y)</b> *a*")
    message = render("down", down(), check=odd)
    assert "{0.__class__} <b>[x](y)</b> *a*" in message.title


def test_a_check_that_is_gone_is_named_by_its_id() -> None:
    message = render("down", down(check="old-gw"), "en")
    assert message.title.endswith("old-gw")
    assert "no longer watched" in message.body


def test_a_row_whose_incident_is_forgotten_is_not_passed_off_as_a_test() -> None:
    renderer = Renderer(Settings("Diskominfo", "Asia/Jakarta", "id"), "id", CHECKS.get)
    row = Notification(1, 482, "piket", "recovered", 3, NOW, NOW)
    message = renderer.message(row, None, Circumstances(NOW, NOW))
    assert message.title == "INC-482: PULIH (rincian tidak tersedia)"
    assert "uji coba" not in message.body


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("Asia/Jakarta", "24 Nov 2026 02.10 WIB"),
        ("Asia/Makassar", "24 Nov 2026 03.10 WITA"),
        ("Asia/Jayapura", "24 Nov 2026 04.10 WIT"),
        ("Europe/Berlin", "23 Nov 2026 20.10 CET"),
        ("Asia/Dubai", "23 Nov 2026 23.10 UTC+04"),
        ("UTC", "23 Nov 2026 19.10 UTC"),
    ],
)
def test_times_carry_the_name_of_their_zone(zone: str, text: str) -> None:
    assert when.date_time(BEGAN, zone, "id") == text


@pytest.mark.parametrize(
    ("ms", "indonesian", "english"),
    [
        (0, "0 dtk", "0 s"),
        (-5, "0 dtk", "0 s"),
        (999, "0 dtk", "0 s"),
        (260_000, "4 mnt 20 dtk", "4 min 20 s"),
        (3_600_000, "1 jam", "1 h"),
        (3_601_000, "1 jam", "1 h"),
        (97_200_000, "1 hari 3 jam", "1 d 3 h"),
    ],
)
def test_durations_in_words(ms: int, indonesian: str, english: str) -> None:
    assert when.duration(ms, "id") == indonesian
    assert when.duration(ms, "en") == english


@pytest.mark.parametrize(
    ("ended", "now", "text"),
    [
        (BEGAN + 15 * MINUTE, BEGAN + 16 * MINUTE, "02:10–02:25 WIB"),
        (BEGAN + 45_000, BEGAN + MINUTE, "02:10:00–02:10:45 WIB"),
        (BEGAN + 1440 * MINUTE, BEGAN + 1440 * MINUTE, "24 Nov 2026 02:10 – 25 Nov 2026 02:10 WIB"),
        (BEGAN + 15 * MINUTE, BEGAN + 2000 * MINUTE, "24 Nov 2026 02:10–02:25 WIB"),
    ],
)
def test_an_interval_is_as_precise_as_it_needs_to_be(ended: int, now: int, text: str) -> None:
    assert when.interval(BEGAN, ended, now, "Asia/Jakarta", "en") == text


@pytest.mark.parametrize(
    ("value", "text"), [(99.9999, "99,999"), (100.0, "100"), (99.5, "99,5"), (0.29, "0,29")]
)
def test_percentages_are_floored_never_rounded_up(value: float, text: str) -> None:
    assert when.number(value, 3, "id") == text


def test_lines_are_cut_whole_and_the_rest_is_counted() -> None:
    lines = ["a" * 10, "b" * 10, "c" * 10]
    assert cut_lines(lines, 100, "… {n} more") == "\n".join(lines)
    assert cut_lines(lines, 32, "… {n} more") == "\n".join(lines)
    assert cut_lines(lines, 25, "… {n} more") == "a" * 10 + "\n… 2 more"
    assert cut_lines(["a" * 100], 10, "… {n} more") == "a" * 9 + "…"
