"""Which route takes which check, and which addresses may stand as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.uptime.config.fakes import GOOD, Registry, load, write
from uptime.config import ConfigErrors
from uptime.config import load as real_load
from uptime.config.routing import _plain_secret
from uptime.core.match import Match

CHECK = 'severity = "high"\ngroup = "g"\nlabels = { opd = "Dinas Sosial" }\n'
REST = """
[groups.g]
[groups.h]
[channels.a]
url = "json://localhost/"
[[routes]]
channels = ["a"]
"""


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ("{}", True),
        ('{ severity = ["critical", "high"] }', True),
        ('{ severity = ["low"] }', False),
        ('{ group = ["g", "h"] }', True),
        ('{ group = ["h"] }', False),
        ('{ labels = { opd = "*" } }', True),
        ('{ labels = { opd = "Dinas*" } }', True),
        ('{ labels = { opd = "D*S*" } }', True),
        ('{ labels = { opd = "Dinas" } }', False),
        ('{ labels = { opd = "Dinas.Sosial" } }', False),
        ('{ labels = { kota = "*" } }', False),
        ('{ severity = ["high"], labels = { opd = "Dinas Sosial" }, group = ["h"] }', False),
    ],
)
def test_a_route_takes_what_matches_in_everything(
    tmp_path: Path, match: str, expected: bool
) -> None:
    config = load(write(tmp_path, GOOD + CHECK + REST + f"match = {match}\n"))
    assert config.routes[0].match.matches(config.checks["web"]) is expected


def test_a_check_without_group_is_in_no_group(tmp_path: Path) -> None:
    config = load(write(tmp_path, GOOD + REST + 'match = { group = ["g"] }\n'))
    assert not config.routes[0].match.matches(config.checks["web"])


def test_a_route_has_the_documented_defaults(tmp_path: Path) -> None:
    route = load(write(tmp_path, GOOD + REST)).routes[0]
    assert (route.group_wait, route.group_interval, route.repeat_interval) == (30, 300, 14400)
    assert route.degraded is False
    assert route.match == Match()


@pytest.mark.parametrize(
    "address",
    [
        "json://localhost:9000/path",
        "json://127.0.0.1:43123/3f2504e04f8941d39a0c0305e82c3301",
        "jsons://hook.example/siaga",
        "mailto://mail.example?from=siaga@mail.example&to=piket@mail.example",
        "mailto://user@localhost:2525?to=a@b.example",
        "syslog://",
        "mailto://siaga:${PASSWORD}@mail.example",
        "tgram://${TOKEN}/42",
        "gotify://push.example/${TOKEN}",
        "ntfy://localhost:8080/${TOPIC}",
        "ntfy://localhost:8080/alerts",
        "rsyslog://log.example",
        "${ADDRESS}",
    ],
)
def test_an_address_without_a_written_secret_stands_as_it_is(address: str) -> None:
    assert _plain_secret(address) is None


@pytest.mark.parametrize(
    "address",
    [
        "tgram://123456:AAbbCC/42",
        "tgram://123456:AAbbCC/${CHAT}",
        "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
        "mailto://siaga:hunter2@mail.example",
        "mailtos://mail.example?user=siaga&pass=hunter2",
        "ntfy://ntfy.example/topic",
        "json://hook.example/T00000000B00000000XXXX",
        "pover://user@abcdef",
    ],
)
def test_an_address_with_a_written_secret_is_refused(address: str) -> None:
    assert _plain_secret(address) is not None


def test_an_address_that_apprise_refuses_is_said_without_it(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD + '[channels.x]\nurl = "tgram://${TOKEN}/42"\n')
    with pytest.raises(ConfigErrors, match="not a valid channel address") as caught:
        real_load(path, {"TOKEN": "hunter2"}, probes=Registry())
    assert "hunter2" not in str(caught.value)
    config = real_load(path, {"TOKEN": "123456789:abcdefg_hijklmnop"}, probes=Registry())
    assert config.channels["x"].url.reveal() == "tgram://123456789:abcdefg_hijklmnop/42"
