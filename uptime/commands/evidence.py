"""`siaga evidence INC -o FILE.zip`: the bundle of one incident; `--verify FILE.zip` checks one.

Read off the record, beside a daemon or without one. Checking needs neither configuration nor
record.
"""

from __future__ import annotations

import hashlib
from argparse import Namespace
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from uptime.cli import NO, OK, USAGE
from uptime.commands.history import read
from uptime.commands.output import dump, fail, say
from uptime.commands.progress import progress

if TYPE_CHECKING:
    from uptime.config import Config
    from uptime.evidence.gather import Evidence
    from uptime.store.history import History


_WELL = {True: "well all the while", False: "not well all the while", None: "not known"}


def main(arguments: Namespace) -> int:
    if arguments.verify is not None:
        if arguments.incident is not None:
            fail("an incident or --verify FILE, not both; fix: leave one of them away")
            return USAGE
        return _verify(arguments.verify, as_json=arguments.json)
    if arguments.incident is None or arguments.output is None:
        fail("which incident, and where to; fix: siaga evidence INC-482 -o INC-482.zip")
        return USAGE
    return _write(arguments)


def _write(arguments: Namespace) -> int:
    from uptime.evidence.bundle import bundle
    from uptime.evidence.gather import gather, number_of

    def ask(config: Config, history: History) -> tuple[Evidence, str]:
        number = number_of(arguments.incident)
        with progress(shown=not arguments.json) as report:
            found = gather(config, history, number, report)
        return found, arguments.language or config.siaga.language

    try:
        answer = read(arguments, ask)
    except ValueError as error:
        fail(str(error))
        return USAGE
    if isinstance(answer, int):
        return answer
    evidence, language = answer
    made = bundle(evidence, language)
    output: Path = arguments.output
    try:
        output.write_bytes(made)
    except OSError as error:
        fail(f"{output}: {error.strerror}; fix: name a file in a directory you may write to")
        return USAGE
    digest = hashlib.sha256(made).hexdigest()
    unsigned = [(run.first, run.last) for run in evidence.runs if not run.signed]
    entries = sum(run.last - run.first + 1 for run in evidence.runs)
    if arguments.json:
        dump({
            "file": str(output), "size": len(made), "sha256": digest,
            "results": len(evidence.results), "entries": entries,
            "first_bad": evidence.bad, "unsigned": unsigned,
        })  # fmt: skip
    else:
        if evidence.bad is not None:
            fail(f"the ledger does not fit at entry {evidence.bad}; the bundle says so")
        for first, last in unsigned:
            fail(f"entries {first} to {last} are not signed yet; the bundle says so")
        say(f"{output}: {len(made)} bytes, SHA-256 {digest}")
    return OK


def _verify(path: Path, *, as_json: bool) -> int:
    from uptime.evidence.verify import Misfit, verify

    try:
        found = verify(path)
    except OSError as error:
        fail(f"{path}: {error.strerror}; fix: name a bundle of siaga evidence")
        return USAGE
    except Misfit as misfit:
        if as_json:
            dump({"ok": False, "misfit": str(misfit)})
        else:
            fail(f"{path}: {misfit}")
        return NO
    if as_json:
        dump({
            "ok": True, "misfit": None, "incident": found.incident, "files": found.files,
            "entries": found.entries, "results": found.results, "proven": found.proven,
            "signatures": [asdict(each) for each in found.signatures], "monitor_well": found.well,
        })  # fmt: skip
        return OK
    say(
        f"{found.incident}: {found.files} files are those of the manifest, {found.entries} entries "
        f"fit up to what was signed, {found.proven} of {found.results} results are those of signed "
        "days"
    )
    say(f"the monitor itself: {_WELL[found.well]}, by the minutes it recorded of itself")
    say("compare with what was published:")
    for each in found.signatures:
        day = getattr(each, "day", None)
        what = "newest entry of that time" if day is None else f"head of {day}"
        say(f"{what}: {each.hash} (entry {each.seq}), key {each.key}")
    return OK
