"""The report of an outage to its vendor, ready to be copied into a chat.

It says what the vendor needs and nothing of the inside: no detail of a failure (it may name other
hosts), no address but the circuit's. Blanks are for what the record does not know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol
from zoneinfo import ZoneInfo

from uptime.config.model import Check, Config, Contract
from uptime.core.model import Incident, Result, Status
from uptime.notify.when import duration
from uptime.notify.words import WORDS as MESSAGES
from uptime.paper import figures

_BEFORE = 3_600_000  # how far back the last good result is looked for


class Source(Protocol):
    """What is asked of the record."""

    def runs(self, check: str, start: int, end: int) -> Sequence[Result]: ...


@dataclass(frozen=True, slots=True)
class Measured:
    """What we measured: `judged` runs since the outage began, `bad` of them not good; `loss` the
    mean share of lost packets where it is measured; `good` the last good run before it.
    """

    judged: int
    bad: int
    loss: float | None
    good: Result | None


def measured(source: Source, incident: Incident, now: int) -> Measured:
    """Of single results, which are kept for a time only; runs we could not trust are left out."""
    assert incident.check is not None
    end = now if incident.ended is None else incident.ended
    runs = source.runs(incident.check, incident.began - _BEFORE, end)
    inside = [r for r in runs if r.at >= incident.began and r.status is not Status.UNKNOWN]
    good = [r for r in runs if r.at < incident.began and r.status is Status.UP]
    losses = [r.loss for r in inside if r.loss is not None]
    return Measured(
        judged=len(inside),
        bad=sum(r.status is not Status.UP for r in inside),
        loss=sum(losses) / len(losses) if losses else None,
        good=good[-1] if good else None,
    )


def text(
    config: Config,
    source: Source,
    incident: Incident,
    *,
    now: int,
    language: str,
    call_back: str | None = None,
) -> str:
    """ValueError where there is no circuit to report."""
    check = config.checks.get(incident.check or "")
    if check is None:
        raise ValueError(
            f"{incident.name} has no check in the configuration: there is no circuit to report"
        )
    contract = None if check.contract is None else config.contracts[check.contract]
    w = WORDS[language]
    pairs = [
        (w["ticket"], incident.ticket.number if incident.ticket else None),
        (w["contract"], contract.number if contract else None),
        (w["circuit"], contract.circuit if contract else None),
    ]
    zone = ZoneInfo(config.siaga.timezone)
    lines = [w["greeting"].format(provider=contract.provider if contract else w["vendor"])]
    state = "down" if incident.kind == "down" else "degraded"
    lines.append(w[f"{state}.over" if incident.ended else state])
    lines += [f"{name}: {value}" for name, value in pairs if value]
    lines += [
        f"{w['site']}: {_site(check)}",
        f"{w['address']}: {check.target}",
        f"{w[f'since.{state}']}: {_since(incident, now, zone, language)}",
        f"{w['symptom']}: {_symptom(incident, language)}",
        f"{w['measured']}: {_figures(measured(source, incident, now), zone, language)}",
    ]
    if incident.ticket is not None:
        lines.append(f"{w['reported']}: {_time(incident.ticket.reported, zone, language)}")
    who = call_back or _caller(incident, language)
    asked = "please" if incident.ended is None else "confirm"
    if incident.ticket is not None:
        asked += ".numbered"
    lines += [
        f"{w['call back']}: {who}, {config.siaga.organisation}",
        w[asked].format(**_targets(contract, language)),
    ]
    return "\n".join(lines)


def _site(check: Check) -> str:
    place = check.labels.get("kecamatan")
    return f"{check.name}, {place}" if place and place not in check.name else check.name


def _time(ms: int, zone: ZoneInfo, language: str) -> str:
    return f"{figures.moment(ms, zone, language)} {figures.zone_name(ms, zone)}"


def _since(incident: Incident, now: int, zone: ZoneInfo, language: str) -> str:
    w = WORDS[language]
    parts = [_time(incident.began, zone, language)]
    if incident.began_bound is not None:
        at = figures.clock(incident.began_bound, incident.began, zone, language)
        parts[0] += f" ({w['earliest'].format(time=at)})"
    if incident.ended is None:
        parts.append(w["lasting"].format(duration=duration(now - incident.began, language)))
    else:
        lasted = duration(incident.ended - incident.began, language)
        time = _time(incident.ended, zone, language)
        parts.append(w["recovered"].format(time=time, duration=lasted))
    return "; ".join(parts)


def _symptom(incident: Incident, language: str) -> str:
    words = MESSAGES[language]
    return words.get(f"reason.{incident.reason}", words["reason.none"])


def _figures(found: Measured, zone: ZoneInfo, language: str) -> str:
    w = WORDS[language]
    parts = [w["kept"]]
    if found.judged:
        parts = [w["bad"].format(bad=found.bad, judged=found.judged)]
    if found.loss is not None:
        parts.append(w["loss"].format(loss=int(found.loss * 100)))
    if found.good is not None:
        took = ""
        if found.good.latency is not None:
            took = f" ({int(found.good.latency * 1000)} ms)"
        parts.append(w["good"].format(time=_time(found.good.at, zone, language)) + took)
    return "; ".join(parts)


def _caller(incident: Incident, language: str) -> str:
    """Who is at it, if anybody is; the number is theirs to write."""
    w = WORDS[language]
    return f"{incident.acked.by if incident.acked else w['who']} {w['phone']}"


def _targets(contract: Contract | None, language: str) -> dict[str, str]:
    if contract is None or contract.repair is None:
        return {"target": ""}
    within = duration(round(contract.repair * 1000), language)
    return {"target": WORDS[language]["target"].format(within=within)}


_ID = {
    "vendor": "penyedia",
    "greeting": "Yth. {provider},",
    "down": "Laporan gangguan: sirkit berikut terputus.",
    "down.over": "Laporan gangguan: sirkit berikut sempat terputus dan sudah pulih.",
    "degraded": "Laporan gangguan: mutu sirkit berikut menurun.",
    "degraded.over": "Laporan gangguan: mutu sirkit berikut sempat menurun dan sudah pulih.",
    "ticket": "No. tiket",
    "contract": "No. kontrak",
    "circuit": "ID sirkit",
    "site": "Lokasi",
    "address": "Alamat sirkit",
    "since.down": "Terputus sejak",
    "since.degraded": "Menurun sejak",
    "earliest": "paling awal {time}",
    "lasting": "masih berlangsung, sudah {duration}",
    "recovered": "pulih {time}, lama {duration}",
    "symptom": "Gejala",
    "measured": "Pengukuran kami",
    "bad": "{bad} dari {judged} pemeriksaan tidak normal",
    "kept": "hasil satu per satu tidak disimpan lagi",
    "loss": "{loss} % paket hilang",
    "good": "terakhir normal {time}",
    "reported": "Dilaporkan",
    "call back": "Mohon hubungi",
    "who": "[ISI: nama petugas]",
    "phone": "[ISI: nomor telepon]",
    "target": " Menurut kontrak perbaikan paling lama {within}.",
    "please": "Mohon nomor tiket, perkiraan waktu pulih, dan penyebabnya.{target}",
    "please.numbered": "Mohon perkiraan waktu pulih dan penyebabnya.{target}",
    "confirm": "Mohon nomor tiket dan penyebab gangguan ini.{target}",
    "confirm.numbered": "Mohon penyebab gangguan ini.{target}",
}
_EN = {
    "vendor": "vendor",
    "greeting": "To {provider}:",
    "down": "Outage report: the following circuit is down.",
    "down.over": "Outage report: the following circuit was down and has recovered.",
    "degraded": "Fault report: the quality of the following circuit is degraded.",
    "degraded.over": "Fault report: the quality of the following circuit was degraded and has "
    "recovered.",
    "ticket": "Ticket",
    "contract": "Contract number",
    "circuit": "Circuit",
    "site": "Site",
    "address": "Address of the circuit",
    "since.down": "Down since",
    "since.degraded": "Degraded since",
    "earliest": "earliest {time}",
    "lasting": "goes on, for {duration} so far",
    "recovered": "recovered {time}, after {duration}",
    "symptom": "Symptom",
    "measured": "Our measurements",
    "bad": "{bad} of {judged} checks were not good",
    "kept": "single results are no longer kept",
    "loss": "{loss} % of packets lost",
    "good": "last good {time}",
    "reported": "Reported",
    "call back": "Please call back",
    "who": "[FILL IN: who is on duty]",
    "phone": "[FILL IN: phone number]",
    "target": " By the contract it is mended within {within}.",
    "please": "Please tell us the ticket number, when it will be back, and the cause.{target}",
    "please.numbered": "Please tell us when it will be back, and the cause.{target}",
    "confirm": "Please tell us the ticket number and the cause of this outage.{target}",
    "confirm.numbered": "Please tell us the cause of this outage.{target}",
}
WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"id": MappingProxyType(_ID), "en": MappingProxyType(_EN)}
)
