"""Causes by the words people use for them."""

from __future__ import annotations

import pytest

from uptime.core.causes import WORDS, Cause, recognise


@pytest.mark.parametrize("cause", Cause)
@pytest.mark.parametrize("language", ["id", "en"])
def test_every_cause_is_recognised_by_its_name_and_its_words(cause: Cause, language: str) -> None:
    assert recognise(cause.value) is cause
    assert recognise(WORDS[language][cause]) is cause
    assert recognise(f"  {WORDS[language][cause].upper()}. ") is cause


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("Listrik (PLN)", Cause.POWER),
        ("ISP", Cause.VENDOR),
        ("internal_network", Cause.INTERNAL_NETWORK),
        ("Maintenance", Cause.PLANNED_WORK),
        ("Kahar", Cause.FORCE_MAJEURE),
    ],
)
def test_other_words_people_use_are_recognised(text: str, cause: Cause) -> None:
    assert recognise(text) is cause


@pytest.mark.parametrize("text", ["", "fibre cut", "listrik padam di ISP", "powers", "tikus"])
def test_other_words_are_not_guessed_at(text: str) -> None:
    assert recognise(text) is None
