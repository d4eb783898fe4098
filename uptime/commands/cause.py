"""`siaga cause`: what an incident was, in words or as proposed; or that nobody knows after all."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from uptime.cli import NO, OK, USAGE
from uptime.commands.api import Api, connect
from uptime.commands.output import dump, fail, say


def main(arguments: Namespace) -> int:
    ways = (arguments.cause is not None, arguments.accept, arguments.withdraw)
    if sum(ways) != 1:
        fail("a cause, --accept or --withdraw; fix: give one of them")
        return USAGE
    api = connect(arguments)
    answer = _ask(arguments, api)
    if answer is None:
        fail(f"nothing is proposed for {arguments.incident}; fix: name its cause")
        return NO
    if arguments.json:
        dump(answer)
    elif arguments.withdraw:
        say(f"{answer['id']}: the cause is open again")
    else:
        why = f" ({answer['cause_reason']})" if answer["cause_reason"] else ""
        say(f"{answer['id']}: cause entered: {answer['cause']}{why}")
    return OK


def _ask(arguments: Namespace, api: Api) -> dict[str, Any] | None:
    path = f"/incidents/{arguments.incident}"
    if arguments.withdraw:
        return api.post(f"{path}/uncause")  # type: ignore[no-any-return]
    cause, reason = arguments.cause, arguments.reason
    if arguments.accept:
        proposed = api.get(path)["proposed"]
        if proposed is None:
            return None
        language = api.get("/me")["language"]
        cause, reason = proposed["cause"], reason or proposed["why"][language]
    return api.post(f"{path}/cause", {"cause": cause, "reason": reason})  # type: ignore[no-any-return]
