"""Services: what they take from defaults, and what is wrong with one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.uptime.config.fakes import load, write
from uptime.config import ConfigErrors
from uptime.core.model import Severity

CHECKS = """
[defaults]
objective = 99.5
severity = "high"
interval = "60s"
[groups.publik]
name = "Layanan publik"
defaults = { labels = { opd = "Diskominfo" } }
[checks.web]
type = "web"
target = "https://portal.example/"
[checks.db]
type = "web"
target = "https://db.example/"
"""
GOOD = (
    CHECKS
    + """
[checks.perizinan]
type = "at_least"
n = 1
members = ["web", "db"]
group = "publik"
public = { name = "Perizinan daring" }
"""
)


def test_a_service_stands_beside_the_checks_and_takes_what_fits_from_the_defaults(
    tmp_path: Path,
) -> None:
    config = load(write(tmp_path, GOOD))
    assert set(config.checks) == {"web", "db"}
    service = config.services["perizinan"]
    assert (service.type, service.n, service.members) == ("at_least", 1, ("web", "db"))
    assert (service.name, service.group, service.objective) == ("perizinan", "publik", 99.5)
    assert (service.severity, dict(service.labels)) == (Severity.HIGH, {"opd": "Diskominfo"})
    assert service.public is not None


def test_what_a_service_is_made_of_is_part_of_the_digest(tmp_path: Path) -> None:
    one = load(write(tmp_path, GOOD)).digest
    other = load(write(tmp_path, GOOD.replace('["web", "db"]', '["db", "web"]'))).digest
    assert one != other


@pytest.mark.parametrize(
    ("service", "key", "words"),
    [
        ('type = "all"', "members", "is missing"),
        ('type = "all"\nmembers = "web"', "members", "expected a list"),
        ('type = "all"\nmembers = []', "members", "the list is empty"),
        ('type = "all"\nmembers = ["web", "dbb"]', "members[1]", 'did you mean "db"'),
        ('type = "any"\nmembers = ["svc"]', "members[0]", "is this service"),
        ('type = "any"\nmembers = ["other"]', "members[0]", '"other" is a service, too'),
        ('type = "at_least"\nmembers = ["web"]', "n", '"at_least" and n go together'),
        ('type = "all"\nn = 1\nmembers = ["web"]', "n", '"at_least" and n go together'),
        ('type = "at_least"\nn = 3\nmembers = ["web", "db"]', "n", "3 of 2 members"),
        ('type = "all"\nmembers = ["web"]\ninterval = "5s"', "interval", "is not probed"),
        ('type = "all"\nmembers = ["web"]\ntarget = "x"', "target", "is not probed"),
        ('type = "all"\nmembers = ["web"]\nmember = "x"', "member", 'did you mean "members"'),
        ('type = "all"\nmembers = ["web"]\ngroup = "pub"', "group", "no group named"),
    ],
)
def test_what_is_wrong_with_a_service_is_said_with_its_place(
    tmp_path: Path, service: str, key: str, words: str
) -> None:
    other = '\n[checks.other]\ntype = "any"\nmembers = ["web"]\n'
    path = write(tmp_path, CHECKS + other + f"[checks.svc]\n{service}\n")
    with pytest.raises(ConfigErrors) as caught:
        load(path)
    (error,) = caught.value.errors
    assert error.key == f"checks.svc.{key}"
    assert words in f"{error.problem}; {error.fix}"
    assert error.line > 0


def test_no_check_hangs_on_a_service(tmp_path: Path) -> None:
    text = GOOD + '[checks.late]\ntype = "web"\ntarget = "https://a.example/"\n'
    with pytest.raises(ConfigErrors) as caught:
        load(write(tmp_path, text + 'depends_on = ["perizinan"]\n'))
    (error,) = caught.value.errors
    assert "is a service" in error.problem
