"""`[checks.*]` of type `all`, `any` and `at_least`: what several checks are together.

They stand among the checks and share their ids, but nothing is probed: no target, no interval.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import Any

from uptime.config.checks import CheckReader
from uptime.config.errors import Bad, Findings
from uptime.config.fingerprint import canonical
from uptime.config.include import Item, Raw
from uptime.config.model import Service
from uptime.config.suggest import hint, unknown_key
from uptime.config.tables import CHECK, SERVICE
from uptime.config.values import ident

KINDS = ("all", "any", "at_least")
_INHERITED = SERVICE.keys.keys() & CHECK.keys.keys() - {"type", "name", "public", "runbook"}


def is_service(item: Item) -> bool:
    return isinstance(item.value, dict) and item.value.get("type") in KINDS


def services(findings: Findings, raw: Raw, reader: CheckReader) -> dict[str, Service]:
    """All of them; what is wrong was reported."""
    found = {}
    for name, item in raw.checks.items():
        if is_service(item):
            service = _service(findings, raw, reader, name, item)
            if service is not None:
                found[name] = service
    return found


def _service(
    findings: Findings, raw: Raw, reader: CheckReader, name: str, item: Item
) -> Service | None:
    try:
        ident(name)
    except Bad as bad:
        findings.bad(item.source, item.path, bad)
    got, good = _read(findings, reader, item)
    good = _members(findings, raw, name, item, got) and good
    if (got["type"] == "at_least") != (got["n"] is not None):
        fix = "add n = 2" if got["n"] is None else 'remove n, or write type = "at_least"'
        findings.add(item.source, (*item.path, "n"), '"at_least" and n go together', fix)
        good = False
    elif good and got["n"] is not None and got["n"] > len(got["members"]):
        problem = f"{got['n']} of {len(got['members'])} members can never be good"
        findings.add(item.source, (*item.path, "n"), problem, "write less, or add members")
        good = False
    if got["group"] is not None and got["group"] not in raw.groups and raw.complete:
        problem = f'no group named "{got["group"]}"{hint(got["group"], raw.groups)}'
        fix = f"correct it, or add [groups.{got['group']}]"
        findings.add(item.source, (*item.path, "group"), problem, fix)
    if not good:
        return None
    reader.forms[name] = canonical({**got, "id": name})
    if got["runbook"] is not None and "://" not in got["runbook"]:
        got["runbook"] = str(FilePath(item.source.directory, got["runbook"]))
    return Service(id=name, **{**got, "labels": MappingProxyType(got["labels"])})


def _read(findings: Findings, reader: CheckReader, item: Item) -> tuple[dict[str, Any], bool]:
    """Its keys, over what [defaults] and its group say of those that services have, too."""
    group = item.value.get("group")
    values: dict[str, Any] = {}
    for layer in reader.layers(group if isinstance(group, str) else None):
        values |= {key: value for key, value in layer.value.items() if key in _INHERITED}
    good = True
    for key in item.value.keys() & (CHECK.keys.keys() - SERVICE.keys.keys()):
        problem = f"a service is not probed: it has no {key}"
        findings.add(item.source, (*item.path, key), problem, "remove it; write it at its members")
        good = False
    for key in item.value.keys() - SERVICE.keys.keys() - CHECK.keys.keys():
        findings.add(item.source, (*item.path, key), *unknown_key(key, SERVICE.keys))
        good = False
    own = {key: value for key, value in item.value.items() if key in SERVICE.keys}
    got, read = SERVICE.read(findings, item.source, item.path, own)
    for key, value in values.items():
        if key not in item.value:
            try:
                got[key] = SERVICE.keys[key].parse(value)
            except Bad:
                good = False  # reported where it stands
    got["name"] = got["name"] or item.path[-1]
    return got, good and read


def _members(findings: Findings, raw: Raw, name: str, item: Item, got: Mapping[str, Any]) -> bool:
    """Every member is a check; services of services are not needed to say what is meant."""
    if not isinstance(got["members"], tuple):
        return False  # missing or no list, and reported
    good = True
    for number, member in enumerate(got["members"]):
        at = (*item.path, "members", number)
        if member not in raw.checks:
            if raw.complete:
                problem = f'no check named "{member}"{hint(member, raw.checks)}'
                findings.add(item.source, at, problem, f"correct it, or add [checks.{member}]")
                good = False
        elif is_service(raw.checks[member]):
            problem = "is this service" if member == name else f'"{member}" is a service, too'
            findings.add(item.source, at, problem, "name the checks it is made of")
            good = False
    return good
