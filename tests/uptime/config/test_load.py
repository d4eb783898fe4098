"""What a good configuration becomes."""

from __future__ import annotations

import dataclasses
import os
import sys
from datetime import date, datetime
from pathlib import Path

import pytest

from probes.base import Secret
from tests.uptime.config.fakes import GOOD, WebProbe, load, write
from uptime.config import ConfigErrors, PublicName, Tier
from uptime.core.causes import Cause
from uptime.core.match import Match
from uptime.core.model import Policy, Severity

FULL = """
[siaga]
organisation = "Diskominfo Kabupaten Contoh"
timezone = "Asia/Makassar"
language = "en"
database = "sqlite:///var/siaga.db"
listen = "[::1]:7424"
public_listen = "0.0.0.0:8080"
socket = "run/siaga.sock"

[history]
raw = "10d"

[defaults]
interval = "60s"
failure_threshold = 4
objective = 99.5

[groups.kecamatan]
name = "Tautan kecamatan"
defaults = { interval = "120s", severity = "high", degraded = { latency = "150ms" } }

[checks.gateway]
type = "ping"
target = "192.0.2.1"

[checks.kec-bergas]
was = "kec-bergas-lama"
type = "ping"
target = "192.0.2.17"
count = 5
name = "Kecamatan Bergas"
group = "kecamatan"
depends_on = ["gateway", ["portal", "gateway"]]
scope = "external"
calendar = "jam-kerja"
labels = { opd = "Dinas Sosial" }
contract = "isp-c"
public = { name = "Kantor Kecamatan Bergas" }
runbook = "https://wiki.example/kecamatan"
timeout = "2s"
retry_interval = "500ms"
success_threshold = 1

[checks.portal]
type = "web"
target = "https://portal.example/"
severity = "critical"
expect = { status = [200, "3xx"], contains = "Kabupaten" }
password = "${PORTAL_PASSWORD}"
headers = { Authorization = "Bearer ${PORTAL_TOKEN}", Accept = "text/html" }

[channels.piket]
url = "tgram://${TELEGRAM_TOKEN}/${TELEGRAM_CHAT}"
[channels.log]
url = "json://localhost:9000/path"
language = "id"

[[routes]]
match = { severity = ["critical", "high"], group = ["kecamatan"], labels = { opd = "Dinas*" } }
channels = ["piket"]
degraded = true
group_wait = "0s"
group_interval = "1s"
repeat_interval = "1h"
[[routes]]
channels = ["log"]

[calendars.jam-kerja]
hours = { mon-thu = "07:30-15:30", fri = "07:30-11:30 13:00-14:30" }
periods = [{ from = "2026-02-18", to = "2026-03-19", hours = { mon-fri = "08:00-15:00" } }]
holidays = "ID"
joint_leave = false
days_off = [2026-12-31]
working_days = ["2026-12-24"]

[[maintenance]]
match = { group = ["kecamatan"], check = ["portal"] }
from = "2026-12-01T22:00"
duration = "2h"
rrule = "FREQ=MONTHLY;BYDAY=1SU"
reason = "Pemeliharaan jaringan"
announced = "2026-11-24"

[contracts.isp-c]
provider = "PT Contoh"
circuit = "C-17"
sla = 99
fee = 2500000
formula = "tabel"
tiers = [{ below = 99.0, refund = 5 }]
denominator = "contract-start"
exclude = ["Listrik (PLN)", "planned-work"]
start = 2026-01-01

[contracts.isp-d]
provider = "PT Contoh"
sla = 99
fee = 2500000
formula = "prorata"

[contracts.isp-e]
provider = "PT Contoh"
sla = 99
fee = 2500000
formula = "prorata"
exclude = []
"""
ENVIRON = {
    "PORTAL_PASSWORD": "hunter2",
    "PORTAL_TOKEN": "t0ken",
    "TELEGRAM_TOKEN": "1:abc",
    "TELEGRAM_CHAT": "42",
}


def test_every_key_arrives_typed(tmp_path: Path) -> None:
    config = load(write(tmp_path, FULL), ENVIRON)
    siaga = config.siaga
    assert siaga.database == f"sqlite:///{tmp_path}/var/siaga.db"
    assert siaga.socket == tmp_path / "run/siaga.sock"
    assert (siaga.listen, siaga.public_listen) == ("[::1]:7424", "0.0.0.0:8080")
    assert (siaga.timezone, siaga.language) == ("Asia/Makassar", "en")
    assert config.history.raw == 10 * 86400
    assert config.groups["kecamatan"].name == "Tautan kecamatan"
    bergas = config.checks["kec-bergas"]
    assert bergas.name == "Kecamatan Bergas"
    assert (bergas.was, bergas.group, bergas.contract) == ("kec-bergas-lama", "kecamatan", "isp-c")
    assert bergas.depends_on == (("gateway",), ("portal", "gateway"))
    assert (bergas.interval, bergas.timeout, bergas.retry_interval) == (120, 2, 0.5)
    assert bergas.policy == Policy(4, 1, 127_000)
    assert bergas.severity is Severity.HIGH
    assert (bergas.scope, dict(bergas.labels)) == ("external", {"opd": "Dinas Sosial"})
    assert bergas.public == PublicName("Kantor Kecamatan Bergas")
    assert bergas.runbook == "https://wiki.example/kecamatan"
    assert bergas.probe.model_dump()["degraded"] == {"latency": 0.15}
    assert bergas.probe.timeout == 2
    portal = config.checks["portal"].probe
    assert isinstance(portal, WebProbe)
    assert portal.password == Secret("hunter2")
    assert portal.headers["Authorization"] == Secret("Bearer t0ken")
    assert portal.headers["Accept"] == "text/html"
    assert config.channels["piket"].url == Secret("tgram://1:abc/42")
    assert [c.language for c in config.channels.values()] == ["en", "id"]
    contract = config.contracts["isp-c"]
    assert contract.tiers == (Tier(99.0, 5.0),)
    assert contract.minimum_outage == 300
    assert contract.denominator == "contract-start"
    assert contract.exclude == {Cause.POWER, Cause.PLANNED_WORK}
    assert config.contracts["isp-d"].denominator == "calendar-month"
    assert config.contracts["isp-d"].exclude == set(Cause) - {Cause.VENDOR}
    assert config.contracts["isp-e"].exclude == set()
    assert config.warnings == ()


def test_calendars_and_maintenance_arrive_typed(tmp_path: Path) -> None:
    config = load(write(tmp_path, FULL), ENVIRON)
    office = config.calendars["jam-kerja"]
    assert office.service.week[4] == ((450, 690), (780, 870))
    assert office.service.week[5:] == ((), ())
    assert office.service.hours(date(2026, 2, 18)) == ((480, 900),)
    assert (office.holidays, office.joint_leave, office.joint_years) == ("ID", frozenset(), None)
    assert office.days_off == {date(2026, 12, 31)}
    assert office.working_days == {date(2026, 12, 24)}
    (plan,) = config.maintenance
    assert plan.match == Match(groups=frozenset({"kecamatan"}), checks=frozenset({"portal"}))
    assert plan.start == datetime.fromisoformat("2026-12-01T22:00")
    assert (plan.duration, plan.zone) == (7_200_000, "Asia/Makassar")
    assert plan.announced == datetime.fromisoformat("2026-11-24T00:00+08:00").timestamp() * 1000


def test_what_is_not_written_has_the_documented_defaults(tmp_path: Path) -> None:
    config = load(write(tmp_path, GOOD))
    check = config.checks["web"]
    assert check.name == "web"
    assert (check.interval, check.timeout, check.retry_interval) == (30, 10, 5)
    assert (check.failure_threshold, check.success_threshold, check.objective) == (3, 2, None)
    assert (check.severity, check.scope, check.depends_on) == (Severity.MEDIUM, "local", ())
    assert config.siaga.socket == tmp_path / "siaga.sock"
    assert config.siaga.database == f"sqlite:///{tmp_path}/siaga.db"
    assert (config.siaga.listen, config.siaga.public_listen) == ("127.0.0.1:7424", None)
    assert config.history.raw == 35 * 86400
    assert config.warnings == ("there are no [[routes]]: nobody is told of anything",)


def test_no_secret_shows_in_a_configuration(tmp_path: Path) -> None:
    config = load(write(tmp_path, FULL), ENVIRON)
    for shown in (repr(config), str(config), f"{config.checks}", config.digest):
        for secret in ("hunter2", "t0ken", "1:abc"):
            assert secret not in shown


def test_nothing_of_a_configuration_can_be_changed(tmp_path: Path) -> None:
    config = load(write(tmp_path, FULL), ENVIRON)
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.checks["portal"].name = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        config.checks["new"] = config.checks["portal"]  # type: ignore[index]
    with pytest.raises(TypeError):
        config.checks["portal"].labels["a"] = "b"  # type: ignore[index]


@pytest.mark.parametrize(
    ("lines", "timeout", "retry"),
    [
        ('interval = "5s"', 4.0, 5.0),
        ('interval = "1s"', 0.8, 1.0),
        ('interval = "5s"\ntimeout = "4900ms"', 4.9, 5.0),
        ('interval = "5s"\nretry_interval = "9s"', 4.0, 9.0),
        ('interval = "60s"', 10.0, 5.0),
    ],
)
def test_a_short_interval_shortens_what_was_not_written_beside_it(
    tmp_path: Path, lines: str, timeout: float, retry: float
) -> None:
    check = load(write(tmp_path, GOOD + lines)).checks["web"]
    assert (check.timeout, check.retry_interval) == (timeout, retry)
    assert check.probe.timeout == timeout


def test_the_timeout_of_defaults_gives_way_to_the_interval_of_a_check(tmp_path: Path) -> None:
    text = GOOD + 'interval = "2s"\n[defaults]\ninterval = "30s"\ntimeout = "10s"\n'
    assert load(write(tmp_path, text)).checks["web"].timeout == 1.6


def test_the_timeout_of_a_check_does_not_give_way_to_the_interval_of_defaults(
    tmp_path: Path,
) -> None:
    text = GOOD + 'timeout = "10s"\n[defaults]\ninterval = "5s"\n'
    with pytest.raises(ConfigErrors, match=r"checks\.web\.timeout: timeout 10s must be below"):
        load(write(tmp_path, text))


def test_defaults_give_options_only_to_types_that_have_them(tmp_path: Path) -> None:
    text = GOOD + '[defaults]\ncount = 7\n[checks.gw]\ntype = "ping"\ntarget = "192.0.2.1"\n'
    config = load(write(tmp_path, text))
    assert config.checks["gw"].probe.model_dump()["count"] == 7


def test_a_fault_in_defaults_is_said_once_and_where_it_stands(tmp_path: Path) -> None:
    text = "[defaults]\ncount = 99\n" + "".join(
        f'[checks.gw{i}]\ntype = "ping"\ntarget = "192.0.2.1"\n' for i in range(20)
    )
    with pytest.raises(ConfigErrors) as caught:
        load(write(tmp_path, text))
    assert [e.key for e in caught.value.errors] == ["defaults.count"]


def test_a_group_takes_back_a_dependency_of_defaults(tmp_path: Path) -> None:
    text = """
[defaults]
depends_on = ["gw"]
[groups.top]
defaults = { depends_on = [] }
[checks.gw]
type = "ping"
target = "192.0.2.1"
group = "top"
[checks.a]
type = "ping"
target = "192.0.2.2"
"""
    config = load(write(tmp_path, text))
    assert config.checks["gw"].depends_on == ()
    assert config.checks["a"].depends_on == (("gw",),)


def test_the_digest_is_of_the_meaning(tmp_path: Path) -> None:
    first = load(write(tmp_path, FULL), ENVIRON)
    other = FULL.replace('"60s"', '"1m"').replace('type = "ping"\n', 'type = "ping" # x\n')
    again = load(write(tmp_path / "elsewhere", other), {**ENVIRON, "PORTAL_PASSWORD": "new"})
    assert again.digest == first.digest
    assert len(first.digest) == 64
    changed = load(write(tmp_path, FULL.replace('"60s"', '"61s"')), ENVIRON)
    assert changed.digest != first.digest


def test_the_digest_does_not_depend_on_the_order_of_checks(tmp_path: Path) -> None:
    one, two = (f'[checks.{n}]\ntype = "ping"\ntarget = "192.0.2.1"\n' for n in "ab")
    digests = {load(write(tmp_path, text)).digest for text in (one + two, two + one)}
    assert len(digests) == 1


@pytest.mark.parametrize(
    "line",
    [
        'name = "x"', 'interval = "31s"', 'timeout = "9s"', 'retry_interval = "4s"',
        "failure_threshold = 2", "success_threshold = 1", "objective = 99.9", 'severity = "low"',
        'depends_on = ["gw"]', 'scope = "external"', 'labels = { a = "b" }',
        'public = { name = "x" }', 'runbook = "x.md"', 'was = "old"', 'method = "HEAD"',
        'expect = { contains = "x" }', 'password = "${OTHER}"', "verify = false",
    ],
)  # fmt: skip
def test_a_fingerprint_changes_with_anything_of_its_check(tmp_path: Path, line: str) -> None:
    gw = '[checks.gw]\ntype = "ping"\ntarget = "192.0.2.1"\n'
    before = load(write(tmp_path, gw + GOOD)).checks
    after = load(write(tmp_path, gw + GOOD + line), {"OTHER": "x"}).checks
    assert before["web"].fingerprint != after["web"].fingerprint
    assert before["gw"].fingerprint == after["gw"].fingerprint


def test_a_fingerprint_notices_a_changed_secret_and_nothing_else(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD + 'password = "${P}"\n')
    prints = [load(path, {"P": value}).checks["web"].fingerprint for value in ("a", "b", "a")]
    assert prints[0] == prints[2] != prints[1]
    path.write_text(path.read_text().replace("[checks.web]", "# a comment\n[checks.web]\n"))
    assert load(path, {"P": "a"}).checks["web"].fingerprint == prints[0]


def test_only_fifty_errors_are_shown_and_the_rest_counted(tmp_path: Path) -> None:
    text = "".join(f"[checks.c{i}]\n" for i in range(80))
    with pytest.raises(ConfigErrors) as caught:
        load(write(tmp_path, text))
    assert len(caught.value.errors) == 50
    assert caught.value.total == 80
    assert str(caught.value).endswith("\n… and 30 more")


def test_more_checks_than_the_limit_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("uptime.config.loader.MOST", 2)
    text = "".join(f'[checks.c{i}]\ntype = "ping"\ntarget = "192.0.2.1"\n' for i in range(3))
    with pytest.raises(ConfigErrors, match="3 checks, limit 2"):
        load(write(tmp_path, text))


def test_a_socket_under_systemd_lies_in_its_runtime_directory(tmp_path: Path) -> None:
    config = load(write(tmp_path, GOOD), {"RUNTIME_DIRECTORY": "/run/siaga:/run/other"})
    assert config.siaga.socket == Path("/run/siaga/siaga.sock")


def test_a_socket_path_too_long_for_the_kernel_says_what_to_do(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 100)
    with pytest.raises(ConfigErrors, match="limit 107; fix: write a shorter one"):
        load(write(deep, GOOD))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (Path.mkdir, "is a directory, not a file"),
        (lambda path: path.parent, "there is no such file"),
        (os.mkfifo, "is not a regular file"),
        (lambda path: path.write_text("#" * 5_000_001), "is larger than 5 MB"),
        (lambda path: path.symlink_to(path), "not readable"),
    ],
)
def test_what_is_no_readable_file_is_said(tmp_path: Path, make: object, message: str) -> None:
    path = tmp_path / "checks.toml"
    make(path)  # type: ignore[operator]
    with pytest.raises(ConfigErrors, match=rf"checks\.toml:1:1: file: {message}"):
        load(path)


def test_a_file_nobody_may_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = write(tmp_path, GOOD)
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ConfigErrors, match=r"not readable by uid \d+ \(permission denied\); fix: "):
        load(path)


def test_checks_that_alert_nobody_and_unused_channels_are_warned_of(tmp_path: Path) -> None:
    text = (
        GOOD
        + """
runbook = "no-such.md"
[channels.a]
url = "json://localhost/"
[channels.b]
url = "json://localhost/"
[[routes]]
match = { severity = ["low"] }
channels = ["a"]
"""
    )
    assert load(write(tmp_path, text)).warnings == (
        'check "web" alerts nobody',
        'channel "b" is in no route',
        'the runbook of check "web" is no file',
    )


def test_many_warnings_of_a_kind_are_counted(tmp_path: Path) -> None:
    text = "".join(f'[checks.c{i}]\ntype = "ping"\ntarget = "192.0.2.1"\n' for i in range(9))
    text += '[channels.a]\nurl = "json://localhost/"\n'
    text += '[[routes]]\nmatch = { severity = ["low"] }\nchannels = ["a"]\n'
    warnings = load(write(tmp_path, text)).warnings
    assert len(warnings) == 6
    assert warnings[-1] == "4 more checks alert nobody"


def test_ten_times_the_checks_take_about_ten_times_the_work(tmp_path: Path) -> None:
    def calls(count: int) -> int:
        """Counted, not timed: the machine may be busy."""
        path = write(tmp_path, _many(count))
        before = sys.getprofile()
        counted = 0

        def count_it(*_: object) -> None:
            nonlocal counted
            counted += 1

        sys.setprofile(count_it)
        try:
            found = load(path)
        finally:
            sys.setprofile(before)
        assert len(found.checks) == count
        return counted

    calls(1)  # what is imported and compiled once
    assert calls(1_000) < 11 * calls(100)


def _many(count: int) -> str:
    return "".join(
        f'[checks.web-{i}]\ntype = "web"\ntarget = "https://host{i}.example/"\n'
        f'name = "Layanan {i}"\ninterval = "10s"\nlabels = {{ opd = "Dinas {i % 30}" }}\n'
        for i in range(count)
    )
