"""Whether the monitor itself was well then, in one sentence for who doubts what it measured."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from uptime.core.own_state import TOLERATED_LAG_MS, TOLERATED_LATE_MS, Wellbeing
from uptime.notify.when import duration, number

_WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "id": {
            "well": "Pemantau sendiri sehat selama itu: paling lambat {late}; {clock}.",
            "unwell": "Pemantau sendiri tidak sehat selama {length} dari {whole}: {faults}; "
            "{clock}.",
            "unknown": "Tidak diketahui apakah pemantau sendiri sehat: tentang {dark} dari {whole} "
            "tidak ada catatan; {clock}.",
            "dark": "tentang {dark} tidak ada catatan",
            "absent": "tidak berjalan selama {absent}",
            "lag": "terhenti sampai {lag}",
            "late": "pengukuran terlambat sampai {late}",
            "step": "jamnya diubah {step}",
            "slept": "komputernya tertidur {slept}",
            "unstored": "penyimpanannya tidak menerima apa pun selama {unstored}",
            "unjudged": "{unjudged} hasil tidak dapat dinilai karenanya",
            "clock.good": "menurut kernel jamnya disinkronkan (selisih paling besar {error})",
            "clock.bad": "menurut kernel jamnya tidak disinkronkan",
            "clock.unknown": "apakah jamnya disinkronkan tidak diketahui",
        },
        "en": {
            "well": "The monitor itself was well all the while: never later than {late}; {clock}.",
            "unwell": "The monitor itself was not well for {length} of {whole}: {faults}; {clock}.",
            "unknown": "Whether the monitor itself was well is not known: of {dark} out of {whole} "
            "there is no record; {clock}.",
            "dark": "of {dark} there is no record",
            "absent": "it was not running for {absent}",
            "lag": "it stood still for up to {lag}",
            "late": "runs began up to {late} late",
            "step": "its clock was set by {step}",
            "slept": "the machine slept for {slept}",
            "unstored": "its store took nothing for {unstored}",
            "unjudged": "{unjudged} results could not be judged because of it",
            "clock.good": "the kernel called its clock synchronised (off by {error} at most)",
            "clock.bad": "the kernel did not call its clock synchronised",
            "clock.unknown": "whether its clock was synchronised is not known",
        },
    }
)


def sentence(found: Wellbeing, language: str) -> str:
    """The answer, with its reasons; "well" is about what was measured, the clock is told beside."""
    w = _WORDS[language]
    began, ended = found.window
    shown = {
        "late": span(max(found.lag, found.late), language),
        "length": span(found.unwell, language),
        "whole": span(ended - began, language),
        "dark": span(found.dark, language),
        "clock": _clock(found, language),
        "faults": ", ".join(_faults(found, language)),
    }
    key = "unknown" if found.well is None else "well" if found.well else "unwell"
    return w[key].format_map(shown)


def _faults(found: Wellbeing, language: str) -> list[str]:
    w = _WORDS[language]
    told = {
        "absent": found.absent,
        "lag": found.lag if found.lag > TOLERATED_LAG_MS else 0,
        "late": found.late if found.late > TOLERATED_LATE_MS else 0,
        "step": found.step,
        "slept": found.slept,
        "unstored": found.unstored,
        "dark": found.dark if found.dark >= 1000 else 0,
    }
    out = [w[name].format_map({name: span(ms, language)}) for name, ms in told.items() if ms]
    if found.unjudged:
        out.append(w["unjudged"].format(unjudged=found.unjudged))
    return out


def _clock(found: Wellbeing, language: str) -> str:
    w = _WORDS[language]
    match found.synchronised:
        case None:
            return w["clock.unknown"]
        case False:
            return w["clock.bad"]
        case True:
            error = span((found.clock_error or 0) / 1000, language)
            return w["clock.good"].format(error=error)


def span(ms: float, language: str) -> str:
    """`12 ms`, `4.2 s`, `1 h 4 min`; a clock set back has its sign."""
    sign, ms = ("-", -ms) if ms < 0 else ("", ms)
    if ms < 1000:
        text = f"{number(ms, 1, language)} ms"
    elif ms < 60_000:
        text = f"{number(ms / 1000, 1, language)} {duration(0, language)[2:]}"
    else:
        text = duration(round(ms), language)
    return sign + text
