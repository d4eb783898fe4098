"""The `siaga` command: parses, then hands over to one module a command.

Argparse, and nothing imported before it is needed: `siaga --help` answers in a blink. Exit
codes: 0 fine, 1 the answer is "no", 2 wrong usage or configuration, 3 already running or
unknown, 4 storage, 5 cannot bind.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

OK, NO, USAGE, UNKNOWN, STORAGE, BIND = range(6)

_DURATION = "a duration such as 30d, 12h"


def parser() -> argparse.ArgumentParser:
    """The whole command line; every command names the module that does it."""
    top = argparse.ArgumentParser(
        prog="siaga",
        description="On standby: watches services around the clock and keeps an auditable record.",
        epilog="Without -c: ./checks.toml, then /etc/siaga/checks.toml.",
    )
    top.add_argument("--version", action="store_true", help="print the version and end")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", title="commands")

    def command(name: str, module: str, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(module=module)
        sub.add_argument("-c", "--config", type=Path, default=None, help="the configuration file")
        return sub

    def with_json(sub: argparse.ArgumentParser) -> argparse.ArgumentParser:
        sub.add_argument("--json", action="store_true", help="print JSON")
        return sub

    def period(sub: argparse.ArgumentParser) -> None:
        window = sub.add_mutually_exclusive_group()
        window.add_argument("--month", help="such as 2026-11")
        window.add_argument("--last", help=_DURATION)
        window.add_argument("--from", dest="start", help="RFC 3339 time")
        sub.add_argument("--to", dest="end", help="RFC 3339 time")
        sub.add_argument("--check", help="only this check")
        sub.add_argument("--group", help="only this group")

    run = command("run", "run", "the daemon, in the foreground; SIGTERM drains, SIGHUP reloads")
    run.add_argument("-v", "--verbose", action="store_true", help="log more")

    demo = command("demo", "demo", "a simulated regency and the daemon, with scripted outages")
    demo.add_argument("--fast", action="store_true", help="the scripted day in minutes")
    demo.add_argument(
        "--state", type=Path, default=Path("var/demo"), help="where it keeps its files"
    )

    init = command("init", "init", "write a commented starter checks.toml for your own hosts")
    init.add_argument("target", nargs="*", help="a host, host:port or URL to watch")
    init.set_defaults(late="target")
    init.add_argument("--csv", type=Path, help="a CSV file with columns such as target,name,group")
    init.add_argument(
        "-o", "--output", type=Path, default=Path("checks.toml"), help="where; never overwrites"
    )

    with_json(command("validate", "validate", "all errors of the configuration at once"))

    probe = with_json(
        command("probe", "probe", "one run: of a check, or of TYPE TARGET [key=value …]")
    )
    probe.add_argument(
        "what",
        nargs="+",
        metavar="CHECK | TYPE TARGET [key=value …]",
        help="any option of the type, and timeout",
    )
    probe.set_defaults(late="what")

    with_json(
        command("status", "status", "what is wrong now, worst first; exit 1 if anything is down")
    )

    tui = command("tui", "tui", "the terminal UI")
    tui.add_argument("--url", action="append", default=[], help="a daemon's address")
    tui.add_argument("--incident", help="open this incident, such as INC-482")

    sla = command("sla", "sla", "the time ledger and availability")
    period(sla)
    sla.add_argument(
        "--contract", help="only this contract: its circuits as one, down wherever one is"
    )
    sla.add_argument(
        "--detail",
        action="store_true",
        help="burn rates, the forecast of the month's end, MTTR, MTBF, the longest outage",
    )
    sla.add_argument(
        "--format", choices=("table", "json", "csv"), default="table", help="how it is printed"
    )
    sla.add_argument("--json", action="store_true", help="the same as --format json")

    replay = with_json(
        command("replay", "replay", "what another policy would have made of the same results")
    )
    replay.add_argument("check", help="the check")
    replay.add_argument("--last", default="30d", help=f"how far back: {_DURATION}; default 30d")
    replay.add_argument(
        "options",
        nargs="*",
        metavar="key=value",
        help="failure_threshold, success_threshold, degraded.latency",
    )
    replay.set_defaults(late="options")

    claim = with_json(
        command("claim", "claim", "what a vendor owes for a month, every outage itemised")
    )
    claim.add_argument("contract", metavar="CONTRACT", help="its id under [contracts]")
    claim.add_argument("--month", required=True, help="such as 2026-11")
    claim.add_argument(
        "--format",
        choices=("table", "json", "csv", "html", "xlsx", "pdf"),
        help="how it is written; not given: by the end of -o, or table",
    )
    claim.add_argument("-o", "--output", type=Path, help="the file it is written to")
    claim.add_argument("--language", choices=("id", "en"), help="not given: siaga.language")

    reconcile = with_json(
        command("reconcile", "reconcile", "the vendor's list of outages beside ours")
    )
    reconcile.add_argument("contract", metavar="CONTRACT", help="its id under [contracts]")
    reconcile.add_argument(
        "file", metavar="FILE", type=Path, help="CSV with columns start or mulai, end or selesai"
    )
    reconcile.add_argument("--month", required=True, help="such as 2026-11")
    reconcile.add_argument(
        "--format", choices=("table", "json", "csv"), default="table", help="how it is printed"
    )
    reconcile.add_argument("--language", choices=("id", "en"), help="not given: siaga.language")

    incidents = with_json(command("incidents", "incidents", "incidents, newest first"))
    incidents.add_argument("--state", choices=("open", "closed"), help="only these")
    for name, text in (
        ("ack", "somebody works on it: reminders stop"),
        ("unack", "takes an acknowledgement back"),
        ("note", "adds a note to an incident"),
        ("cause", "names the cause of an incident, or accepts the proposed one"),
    ):
        sub = with_json(command(name, "cause" if name == "cause" else "people", text))
        sub.add_argument("incident", help="such as INC-482")
        if name == "ack":
            sub.add_argument("--note", help="what is being done")
            sub.add_argument("--until", help=f"how long: {_DURATION}")
        if name == "note":
            sub.add_argument("text", help="what is to be remembered")
        if name == "cause":
            sub.add_argument(
                "cause",
                nargs="?",
                help="vendor, internal-network, power, upstream-service, application, security, "
                "planned-work, force-majeure, or words of your own; claims go by the former",
            )
            sub.add_argument("--reason", help="why this cause; --accept: else the evidence")
            sub.add_argument("--accept", action="store_true", help="the cause that is proposed")
            sub.add_argument("--withdraw", action="store_true", help="takes back what was entered")
            sub.set_defaults(late="cause")

    work = with_json(command("maintenance", "maintenance", "announced work: list, add, end"))
    work.add_argument("action", choices=("list", "add", "end"), help="what to do")
    work.add_argument("id", nargs="?", help="end: such as MNT-12")
    work.set_defaults(late="id")
    work.add_argument("--all", action="store_true", help="list: over and withdrawn, too; add: all")
    work.add_argument("--check", action="append", help="add: this check; may be repeated")
    work.add_argument("--group", action="append", help="add: this group; may be repeated")
    work.add_argument("--severity", action="append", help="add: this severity; may be repeated")
    work.add_argument("--label", action="append", metavar="NAME=TEXT", help="add: this label")
    work.add_argument("--from", dest="start", help="add: local time 2026-12-01T22:00; else now")
    work.add_argument("--for", dest="length", help="add: how long, such as 2h")
    work.add_argument("--rrule", help="add: when again, such as FREQ=MONTHLY;BYDAY=1SU")
    work.add_argument("--reason", help="add: what is done")
    work.add_argument("--announced", help="add: date or time when those concerned were told")

    ticket = with_json(
        command("ticket", "ticket", "the vendor's ticket for an incident: number, times, a text")
    )
    ticket.add_argument(
        "action",
        choices=("open", "update", "withdraw", "list", "show", "text"),
        help="what to do; update corrects, withdraw takes back, text is for a chat",
    )
    ticket.add_argument("incident", nargs="?", help="such as INC-482; list: not needed")
    ticket.set_defaults(late="incident")
    ticket.add_argument("--number", help="open, update: the vendor's number")
    for name, text in (
        ("reported", "when the vendor was told; open without it: now"),
        ("acknowledged", "when the vendor acknowledged it; update: none takes it back"),
        ("restored", "when the vendor said it was restored; update: none takes it back"),
    ):
        ticket.add_argument(
            f"--{name}", metavar="TIME", help=f"{text}; local time 2026-11-24T02:10, or RFC 3339"
        )
    ticket.add_argument("--contract", help="list: only of this contract")
    ticket.add_argument("--month", help="list: only those reported in it, such as 2026-11")
    ticket.add_argument("--call-back", metavar="WHO", help="text: name and phone number")
    ticket.add_argument("--language", choices=("id", "en"), help="text: not given: siaga.language")

    dossier = with_json(
        command("dossier", "dossier", "the draft of a report to BSSN, with its deadlines")
    )
    dossier.add_argument("incident", metavar="INC", help="such as INC-482")
    dossier.add_argument(
        "-o", "--output", type=Path, help="the file it is written to: .html, .pdf or .json"
    )
    dossier.add_argument("--language", choices=("id", "en"), help="not given: siaga.language")

    support = with_json(
        command(
            "bukti-dukung", "bukti_dukung", "the pack of evidence for the Pemdi/SPBE evaluation"
        )
    )
    when = support.add_mutually_exclusive_group(required=True)
    when.add_argument("--month", help="such as 2026-11")
    when.add_argument("--year", help="such as 2026, month by month")
    support.add_argument(
        "-o", "--output", type=Path, required=True, help="a .zip, or a folder that is not there yet"
    )
    support.add_argument(
        "--indicators", metavar="FILE", type=Path, help="the mapping of this year's instrument"
    )
    support.add_argument("--language", choices=("id", "en"), help="not given: siaga.language")

    ledger = with_json(command("ledger", "ledger", "check or export the hash-chained record"))
    ledger.add_argument(
        "action",
        choices=("verify", "export", "head"),
        help="is it whole; all entries; the head of the last day and where the key is",
    )
    ledger.add_argument("--head", metavar="HASH", help="verify: this hash must be in the chain")
    ledger.add_argument(
        "--heads", metavar="FILE", type=Path, help="verify: signed heads that were kept elsewhere"
    )

    backup = with_json(command("backup", "backup", "a checked copy of the record, while it runs"))
    backup.add_argument("dest", metavar="DEST", type=Path, help="a file that is not there yet")
    backup.add_argument("--force", action="store_true", help="overwrite DEST")

    restore = with_json(
        command("restore", "backup", "a backup in the place of the record; the old one is kept")
    )
    restore.add_argument("src", metavar="SRC", type=Path, help="what siaga backup wrote")

    store = with_json(command("store", "store", "is the database sound, the record true"))
    store.add_argument("action", choices=("check",), help="exit 1 and what is wrong")
    store.add_argument("--full", action="store_true", help="compare the indices, too; takes longer")

    notify = with_json(command("notify", "notify", "the outbox: pending, dead; a marked test"))
    notify.add_argument("action", choices=("pending", "dead", "test"), help="what to do")
    notify.add_argument("--channel", help="test: only this channel")

    for name, text in (
        ("offenders", "the checks that failed again and again by themselves, worst first"),
        ("causes", "downtime by cause; what is only proposed stands apart"),
    ):
        period(with_json(command(name, "reliability", text)))

    report = with_json(command("report", "report", "the monthly report; close: a month is final"))
    report.add_argument("action", nargs="?", choices=("close",), help="not given: print the report")
    report.set_defaults(late="action")
    report.add_argument("--month", help="such as 2026-11; not given: the last one that is over")
    report.add_argument(
        "--format",
        choices=("table", "json", "csv", "html", "xlsx", "pdf"),
        help="how it is written; not given: by the end of -o, or table",
    )
    report.add_argument("-o", "--output", type=Path, help="the file it is written to")
    report.add_argument("--language", choices=("id", "en"), help="not given: siaga.language")
    report.add_argument("--revision", type=int, help="of a closed month; not given: the newest")
    report.add_argument("--reason", help="close: why a month that is closed is corrected")

    token = with_json(command("token", "token", "API tokens, shown once and stored hashed"))
    token.add_argument("action", choices=("new", "list", "revoke"), help="what to do")
    token.add_argument("name", nargs="?", help="new: whose it is; revoke: its id")
    token.set_defaults(late="name")
    token.add_argument(
        "--scope",
        action="append",
        choices=("read", "ack", "admin", "push"),
        help="new: what it may do; may be repeated",
    )
    token.add_argument("--expires", help=f"new: after {_DURATION}")

    latency = with_json(
        command("latency", "latency", "how long the runs of a check took, day by day; loss, runs")
    )
    latency.add_argument("check", metavar="CHECK", help="the check")
    span = latency.add_mutually_exclusive_group()
    span.add_argument("--last", help=f"{_DURATION}; default 30d")
    span.add_argument("--month", help="such as 2026-11")
    span.add_argument("--from", dest="start", help="RFC 3339 time")
    latency.add_argument("--to", dest="end", help="with --from: RFC 3339 time; else now")
    evidence = with_json(
        command("evidence", "evidence", "what proves an incident, as one ZIP; checks such a ZIP")
    )
    evidence.add_argument("incident", nargs="?", metavar="INC", help="such as INC-482")
    evidence.set_defaults(late="incident")
    evidence.add_argument("-o", "--output", type=Path, help="the ZIP it is written to")
    evidence.add_argument("--language", choices=("id", "en"), help="not given: siaga.language")
    evidence.add_argument(
        "--verify", metavar="FILE", type=Path, help="does this ZIP fit; exit 1 and what does not"
    )
    return top


class Failed(Exception):
    """A command cannot go on: what to say in one line, and the exit code."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


def main(argv: Sequence[str] | None = None) -> int:
    """The entry point; returns the exit code."""
    arguments = _parsed(parser(), argv)
    if arguments.version:
        from importlib.metadata import version

        print(f"siaga {version('siaga')}")  # noqa: T201
        return OK
    if arguments.command is None:
        parser().print_help()
        return USAGE
    try:
        module = import_module(f"uptime.commands.{arguments.module}")
        return int(module.main(arguments))
    except Failed as error:
        sys.stderr.write(f"siaga: {error}\n")
        return error.code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # `siaga status | head`: the reader has what it wanted.
        sys.stderr.close()
        return OK


def _parsed(top: argparse.ArgumentParser, argv: Sequence[str] | None) -> argparse.Namespace:
    """With the last positional after an option, too: argparse takes an optional one, or a list of
    them, for given as soon as the first positionals end.
    """
    arguments, rest = top.parse_known_args(argv)
    late: str | None = getattr(arguments, "late", None)
    if rest and late is not None and not any(text.startswith("-") for text in rest):
        given = getattr(arguments, late)
        if isinstance(given, list):
            setattr(arguments, late, [*given, *rest])
            rest = []
        elif given is None:
            setattr(arguments, late, rest.pop(0))
    if rest:
        top.error(f"unrecognized arguments: {' '.join(rest)}")
    return arguments


def find_config(given: Path | None) -> Path:
    """The configuration file meant; it need not exist."""
    if given is not None:
        return given
    local = Path("checks.toml")
    return local if local.exists() else Path("/etc/siaga/checks.toml")
