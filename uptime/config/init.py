"""A first checks.toml for somebody's own hosts, from arguments or a spreadsheet's CSV.

It only writes text: what is wrong with a target shows when the text is loaded, where every
error has its line.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from probes.base import safe_text
from uptime.config.readers import LABEL, RESERVED

_HEAD = """\
# What Siaga watches. `siaga validate` finds every mistake, `siaga run` starts the watch,
# SIGHUP makes it read this file again. docs/reference.md has all keys.
# Durations are text with a unit (ms s m h d); secrets are references such as ${NAME}.

[siaga]
organisation = "Diskominfo Kabupaten Contoh"   # who speaks, in messages and on pages
timezone = "Asia/Jakarta"                      # of days, months and shown times
language = "id"                                # id | en
database = "sqlite:///siaga.db"                # the record, beside this file
listen = "127.0.0.1:7424"                      # metrics, API, status page

[defaults]                                     # any key a check may have
interval = "30s"                               # from start to start of two runs
timeout = "10s"                                # deadline of one run, names included
retry_interval = "5s"                          # while suspect or recovering
failure_threshold = 3                          # failing results before it is down
success_threshold = 2                          # good results before it is up again

# Who is told. Take the # away and set the variables where the daemon starts; any address
# of Apprise will do, such as mailto://mail.example?from=siaga@mail.example&to=piket@mail.example
#
# [channels.piket]
# url = "tgram://${TELEGRAM_TOKEN}/${TELEGRAM_CHAT}"
#
# [[routes]]                                   # without match: every check
# match = { severity = ["critical", "high"] }
# channels = ["piket"]
"""

_EXAMPLES = ("https://portal.example/", "mail.example:25", "192.0.2.17")

# Headings of a spreadsheet, in either language; any other column becomes a label.
_COLUMNS = {
    "target": "target", "url": "target", "host": "target", "alamat": "target",
    "id": "id", "name": "name", "nama": "name", "group": "group", "grup": "group",
    "type": "type", "jenis": "type", "interval": "interval",
    "severity": "severity", "keparahan": "severity",
}  # fmt: skip


@dataclass(slots=True)
class _Row:
    target: str
    type: str = ""
    id: str = ""
    name: str = ""
    group: str = ""
    interval: str = ""
    severity: str = ""
    labels: dict[str, str] = field(default_factory=dict)


def starter(targets: Sequence[str] = (), table: str = "") -> str:
    """The text of a checks.toml for hosts, host:port pairs, URLs and the rows of a CSV text.

    Without any it watches .example names, to be replaced. Raises ValueError with every
    problem of the CSV, a line each.
    """
    rows = [_Row(target.strip()) for target in targets if target.strip()]
    rows += _of_csv(table) if table.strip() else []
    if not rows:
        rows = [_Row(target) for target in _EXAMPLES]
    taken: set[str] = set()
    groups = dict.fromkeys(row.group for row in rows if row.group)
    ids = {group: _unique(group, taken) for group in groups}
    parts = [_HEAD]
    parts += [f"[groups.{ids[group]}]\nname = {_quoted(group)}\n" for group in groups]
    taken.clear()
    parts += [_check(row, ids.get(row.group, ""), taken) for row in rows]
    return "\n".join(parts)


def _check(row: _Row, group: str, taken: set[str]) -> str:
    name = _unique(row.id or row.name or _host(row.target), taken)
    lines = [
        f"[checks.{name}]",
        f"type = {_quoted(row.type or _type(row.target))}",
        f"target = {_quoted(row.target)}",
    ]
    for key, value in (("name", row.name), ("group", group)):
        lines += [f"{key} = {_quoted(value)}"] if value else []
    for key, value in (("interval", row.interval), ("severity", row.severity)):
        lines += [f"{key} = {_quoted(value)}"] if value else []
    if row.labels:
        pairs = ", ".join(f"{key} = {_quoted(value)}" for key, value in row.labels.items())
        lines.append(f"labels = {{ {pairs} }}")
    return "\n".join(lines) + "\n"


def _type(target: str) -> str:
    if re.match(r"https?://", target, re.IGNORECASE):
        return "http"
    if re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^:/]+):\d+", target):
        return "tcp"
    return "icmp"


def _host(target: str) -> str:
    rest = target.partition("://")[2] or target
    return re.split(r"[/?#]", rest)[0].rpartition("@")[2]


def _of_csv(table: str) -> list[_Row]:
    lines = table.removeprefix("\ufeff").strip().splitlines()
    # A spreadsheet set to Indonesian separates by semicolons.
    delimiter = max(";\t,", key=lines[0].count)
    try:
        return _rows(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise ValueError(f"not a CSV file: {error}; fix: save the sheet as CSV again") from None


def _rows(reader: Any) -> list[_Row]:
    rows, problems = [], list[str]()
    heads = [_COLUMNS.get(h.strip().lower(), h.strip()) for h in next(reader)]
    if "target" not in heads:
        raise ValueError('line 1: no column "target"; fix: name the column of addresses "target"')
    labels = {h: _label(h) for h in heads if h and h not in _COLUMNS.values()}
    for head, label in labels.items():
        if label is None:
            problems.append(
                f'line 1: column "{safe_text(head, 40)}" gives no label; fix: rename it'
            )
    for cells in reader:
        values = {h: safe_text(c, 300) for h, c in zip(heads, cells, strict=False) if c.strip()}
        if not values:
            continue
        if "target" not in values:
            problems.append(
                f"line {reader.line_num}: no target; fix: fill it in or delete the line"
            )
            continue
        named = {h: values[h] for h in values.keys() & set(_COLUMNS.values())}
        more = {labels[h] or "": values[h] for h in values.keys() & labels.keys()}
        rows.append(_Row(**named, labels=more))
    if problems:
        raise ValueError("\n".join(problems))
    return rows


def _label(head: str) -> str | None:
    name = re.sub(r"[^a-z0-9]+", "_", _ascii(head).lower()).strip("_")[:64]
    return name if LABEL.fullmatch(name) and name not in RESERVED else None


def _unique(text: str, taken: set[str]) -> str:
    """An id that no other has."""
    base = re.sub(r"[^a-z0-9]+", "-", _ascii(text).lower()).strip("-")[:60] or "check"
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}-{number}"
    taken.add(name)
    return name


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _quoted(text: str) -> str:
    return '"' + safe_text(text, 2048).replace("\\", "\\\\").replace('"', '\\"') + '"'
