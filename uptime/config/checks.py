"""`[checks.*]`: defaults laid under them, keys read, probes built."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import Any

from probes.base import Probe, describe
from uptime.config.errors import Bad, Findings, Path
from uptime.config.fingerprint import canonical, fingerprint
from uptime.config.include import Item, defaults_of
from uptime.config.keys import REQUIRED
from uptime.config.model import Check
from uptime.config.options import Options
from uptime.config.probe_types import Types
from uptime.config.references import Mentions
from uptime.config.suggest import unknown_key
from uptime.config.tables import CHECK, SERVICE
from uptime.config.values import ident, span
from uptime.core.model import Policy

MOST = 50_000
_GRACE = 5.0  # seconds that a result stays valid beyond interval and timeout (design 5)
_SHARE = 0.8  # of the interval, for a timeout that was not written beside it
_BUILT_IN = {name: key.default for name, key in CHECK.keys.items() if key.default is not REQUIRED}


class CheckReader:
    """Reads checks one after the other; what [defaults] and groups say is read with them."""

    def __init__(
        self,
        findings: Findings,
        types: Types,
        defaults: Item | None,
        groups: Mapping[str, Item],
    ) -> None:
        self._findings = findings
        self._types = types
        self._defaults = defaults
        self._groups = groups
        self._layers: dict[str | None, tuple[Item, ...]] = {}
        self._policies: dict[Policy, Policy] = {}
        self._used: set[tuple[int, Path]] = set()
        self.forms: dict[str, bytes] = {}
        """The canonical form of each good check, for the digest."""
        self.mentions: dict[str, Mentions] = {}
        """What each check names, good or not."""
        for layer in self._all_layers():
            self._keys(layer)

    def read(self, name: str, item: Item) -> Check | None:
        """The check, or None when what is wrong with it was reported."""
        if not isinstance(item.value, dict):
            problem = f"expected a table, found {describe(item.value)}"
            self._findings.add(item.source, item.path, problem, f"write [checks.{name}]")
            return None
        try:
            ident(name)
        except Bad as bad:
            self._findings.bad(item.source, item.path, bad)
        for key, value in item.value.items():
            if isinstance(value, dict) and {"type", "target"} & value.keys():
                problem = "an id with a dot in it needs quotes"
                fix = f'write [checks."{name}.{key}"]'
                self._findings.add(item.source, (*item.path, key), problem, fix)
                return None
        return _Reading(self, name, item).check()

    def finish(self) -> None:
        """Report options in defaults that no type has; others wait for a check of their type."""
        for layer in self._all_layers():
            for name in layer.value:
                path = (*layer.path, name)
                if name in CHECK.keys or name in CHECK.later:
                    continue
                if (layer.source.order, path) in self._used or self._types.owner((name,)):
                    continue
                known = [*CHECK.keys, *self._types.all_options()]
                self._findings.add(layer.source, path, *unknown_key(name, known))

    def _all_layers(self) -> list[Item]:
        layers = [self._defaults] if self._defaults is not None else []
        for group in self._groups.values():
            layer = defaults_of(group)
            layers += [layer] if layer else []
        return layers

    def _keys(self, layer: Item) -> None:
        """The keys of a layer on their own: an error in defaults shows even where unused."""
        for name, value in layer.value.items():
            path = (*layer.path, name)
            if name in CHECK.later:
                CHECK.refuse(self._findings, layer.source, path)
            elif name == "group" and layer is not self._defaults:
                problem = "the defaults of a group cannot choose the group"
                self._findings.add(layer.source, path, problem, "remove it")
            elif name in CHECK.keys:
                try:
                    CHECK.keys[name].parse(value)
                except Bad as bad:
                    self._findings.bad(layer.source, path, bad)

    def layers(self, group: str | None) -> tuple[Item, ...]:
        """What lies under a check, the most general first."""
        if group not in self._layers:
            found = [self._defaults] if self._defaults is not None else []
            item = self._groups.get(group) if group is not None else None
            layer = defaults_of(item) if item is not None else None
            self._layers[group] = (*found, layer) if layer else tuple(found)
        return self._layers[group]


class _Reading:
    """One check while it is read."""

    def __init__(self, reader: CheckReader, name: str, item: Item) -> None:
        self._reader, self._name, self._item = reader, name, item
        self._findings, self._good = reader._findings, True
        group = item.value.get("group")
        if group is None and reader._defaults is not None:
            group = reader._defaults.value.get("group")
        self._layers = (*reader.layers(group if isinstance(group, str) else None), item)
        self._merged: dict[str, Any] = {}
        for layer in self._layers:
            self._merged.update(layer.value)

    def check(self) -> Check | None:
        got = dict(_BUILT_IN)
        options: dict[str, Any] = {}
        for name, value in self._merged.items():
            key = CHECK.keys.get(name)
            if key is None:
                options[name] = value
                continue
            try:
                got[name] = key.parse(value)
            except Bad as bad:
                self._bad(name, bad)
        if "type" not in self._merged:
            self._add("type", "is missing: a check needs a type and a target", 'add type = "http"')
        self._reader.mentions[self._name] = Mentions(
            self._name,
            got["group"],
            got["contract"],
            got["depends_on"],
            got["was"],
            got["calendar"],
        )
        self._timing(got)
        reader = self._type(got)
        if reader is None:
            return None  # without its type nothing can be said of its other keys
        if "target" not in self._merged:
            self._add("target", f'type {reader.kind} needs "target"', 'add target = "…"')
        built = self._probe(got, options, reader)
        if not self._good or built is None:
            return None
        return self._build(got, *built)

    # ---- where a key comes from ----

    def _level(self, name: str) -> int:
        """0: built in; the higher, the nearer to the check."""
        for level in range(len(self._layers), 0, -1):
            if name in self._layers[level - 1].value:
                return level
        return 0

    def _layer(self, name: str) -> Item:
        return self._layers[self._level(name) - 1]

    def _add(self, name: str, problem: str, fix: str) -> None:
        self._bad(name, Bad(problem, fix))

    def _bad(self, name: str, bad: Bad) -> None:
        layer = self._layer(name)
        self._findings.bad(layer.source, (*layer.path, name), bad)
        self._good = False

    # ---- what belongs together ----

    def _timing(self, got: dict[str, Any]) -> None:
        """Timeout below interval: derived where only the interval was written, else an error."""
        interval = got["interval"]
        near = self._level("interval")
        if got["timeout"] >= interval:
            if self._level("timeout") >= near and self._level("timeout"):
                was, better = span(got["timeout"]), span(round(interval * _SHARE, 3))
                problem = f"timeout {was} must be below interval {span(interval)}"
                self._add("timeout", problem, f'write timeout = "{better}"')
            got["timeout"] = round(interval * _SHARE, 3)
        if self._level("retry_interval") < near or not self._level("retry_interval"):
            got["retry_interval"] = min(got["retry_interval"], interval)

    def _type(self, got: dict[str, Any]) -> Options | None:
        if "type" not in got:
            return None
        try:
            return self._reader._types.options(got["type"])
        except Bad as bad:
            self._bad("type", bad)
            return None

    def _probe(
        self, got: dict[str, Any], values: dict[str, Any], options: Options
    ) -> tuple[Probe, list[tuple[Path, str]]] | None:
        for name in values.keys() & CHECK.later:
            layer = self._layer(name)
            CHECK.refuse(self._findings, layer.source, (*layer.path, name))
            self._good = False
        if "target" in got and (bad_target := options.target(got["target"])) is not None:
            self._bad("target", bad_target)
        ready: dict[str, Any] = {"target": got.get("target", "?"), "timeout": got["timeout"]}
        directories: dict[str, FilePath] = {}
        for name, value in values.items():
            layer = self._layer(name)
            if name in options.names:
                ready[name] = value
                directories[name] = layer.source.directory
                if layer is not self._item:
                    self._reader._used.add((layer.source.order, (*layer.path, name)))
            elif layer is self._item and name not in CHECK.later:
                self._unknown(name, options)
        probe, problems, secrets = options.read(ready, directories)
        for at, problem, fix in problems:
            # A complaint about the whole belongs to the check, one about an option to its key.
            name = str(at[0]) if at else ""
            layer = self._layer(name) if at else self._item
            self._findings.add(layer.source, (*layer.path, *at), problem, fix)
        self._good = self._good and not problems
        return (probe, secrets) if probe is not None else None

    def _unknown(self, name: str, options: Options) -> None:
        if (owner := self._reader._types.owner((name,), but=options.kind)) is not None:
            self._add(name, f'"{name}" belongs to type {owner}', "remove it or change the type")
        elif name in SERVICE.keys:
            self._add(name, f'"{name}" belongs to a service', 'remove it or write type = "all"')
        else:
            self._add(name, *unknown_key(name, [*CHECK.keys, *options.names]))

    # ---- the result ----

    def _build(self, got: dict[str, Any], probe: Probe, secrets: list[tuple[Path, str]]) -> Check:
        validity = round((got["interval"] + got["timeout"] + _GRACE) * 1000)
        policy = Policy(got["failure_threshold"], got["success_threshold"], validity)
        runbook = got["runbook"]
        if runbook is not None and "://" not in runbook:
            runbook = str(FilePath(self._layer("runbook").source.directory, runbook))
        form = canonical({**got, "id": self._name, "probe": probe.model_dump()})
        self._reader.forms[self._name] = form
        return Check(
            id=self._name,
            type=got["type"],
            target=got["target"],
            name=got["name"] if got["name"] is not None else self._name,
            group=got["group"],
            probe=probe,
            interval=got["interval"],
            timeout=got["timeout"],
            retry_interval=got["retry_interval"],
            failure_threshold=got["failure_threshold"],
            success_threshold=got["success_threshold"],
            objective=got["objective"],
            severity=got["severity"],
            depends_on=got["depends_on"],
            scope=got["scope"],
            labels=MappingProxyType(got["labels"]),
            contract=got["contract"],
            calendar=got["calendar"],
            public=got["public"],
            runbook=runbook,
            was=got["was"],
            policy=self._reader._policies.setdefault(policy, policy),
            fingerprint=fingerprint(form, secrets),
        )
