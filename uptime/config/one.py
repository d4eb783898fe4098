"""The probe of a one-off run: `siaga probe TYPE TARGET key=value …`, without any file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from probes.base import Probe, safe_text
from uptime.config.errors import Bad, dotted
from uptime.config.probe_types import Registry, Types, installed
from uptime.config.secrets import Secrets
from uptime.config.suggest import hint
from uptime.config.tables import CHECK


def one_probe(
    kind: str,
    target: str,
    options: Mapping[str, object],
    environ: Mapping[str, str] = os.environ,
    *,
    probes: Registry | None = None,
) -> Probe:
    """From values as TOML would give them; paths are relative to the working directory.

    Raises ValueError with every problem, a line each.
    """
    types = Types(probes or installed(), Secrets(environ))
    bads: list[Bad] = []
    try:
        reader = types.options(kind)
    except Bad as bad:
        raise ValueError(_line(bad.under("type"))) from None
    ready: dict[str, object] = {"target": target}
    for name, parse in (("target", CHECK.keys["target"].parse), ("timeout", _timeout)):
        value = target if name == "target" else options.get(name, "10s")
        try:
            ready[name] = parse(value)
        except Bad as bad:
            bads.append(bad.under(name))
    if not bads and (bad_target := reader.target(target)) is not None:
        bads.append(bad_target.under("target"))
    for name, value in options.items():
        if name in reader.names:
            ready[name] = value
        elif name != "timeout":
            known = hint(name, [*reader.names, "timeout"])
            bads.append(Bad(f"type {kind} has no such option{known}", "remove it", name))
    if not bads:
        here = dict.fromkeys(reader.names, Path.cwd())
        probe, problems, _ = reader.read(ready, here)
        bads += [Bad(problem, fix, *at) for at, problem, fix in problems]
        if probe is not None:
            return probe
    raise ValueError("\n".join(_line(bad) for bad in bads))


_timeout = CHECK.keys["timeout"].parse


def _line(bad: Bad) -> str:
    return "\n".join(
        safe_text(f"{dotted(at) or 'options'}: {problem}; fix: {fix}", 500)
        for at, problem, fix in bad.problems
    )
