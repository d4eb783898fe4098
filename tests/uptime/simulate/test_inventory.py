from __future__ import annotations

import ipaddress
from collections import Counter
from pathlib import Path

import pytest

from tests.uptime.simulate.helpers import CHECKS, INVENTORY
from uptime import config
from uptime.simulate.authority import Authority
from uptime.simulate.inventory import (
    FAST,
    NORMAL,
    Found,
    Inventory,
    Pace,
    derive,
    moved,
    place,
    write,
)

LINKS = frozenset(name for name, check in INVENTORY.checks.items() if check["type"] == "icmp")


def found(folder: Path, stand_ins: frozenset[str] = frozenset()) -> Found:
    checks = INVENTORY.checks
    targets = {name: check["target"] for name, check in checks.items()}
    return Found(
        targets={n: f"{t}:7007" if n in stand_ins else t for n, t in targets.items()},
        stand_ins=stand_ins,
        channels={},
        ca_file=Authority.found(folder / "tls").file,
        listen="127.0.0.1:0",
        socket=str(folder / "siaga.sock"),
    )


def derived(folder: Path, pace: Pace, stand_ins: frozenset[str] = frozenset()) -> config.Config:
    plan = INVENTORY
    path = folder / "checks.toml"
    write(derive(plan, found(folder, stand_ins), pace), path, plan.path)
    return config.load(path, {})


def test_the_file_of_the_repository_loads_as_it_stands() -> None:
    loaded = config.load(CHECKS, {})
    assert loaded.warnings == ()
    assert len(loaded.checks) == 60
    assert Counter(check.group for check in loaded.checks.values()) == {
        "pusat-data": 12, "uplink": 4, "kecamatan": 19, "simpul": 6, "layanan-publik": 8,
        "aplikasi-internal": 5, "layanan-pusat": 4, "cctv": 2,
    }  # fmt: skip
    assert set(loaded.contracts) == {"isp-a", "isp-b", "isp-c"}
    assert {c.type for c in loaded.checks.values()} == {"http", "tcp", "tls", "icmp", "dns", "ssh"}


def test_seven_districts_hang_on_fibre_five_on_the_tower_and_seven_are_leased() -> None:
    checks = config.load(CHECKS, {}).checks.values()
    districts = [c for c in checks if c.group == "kecamatan"]
    assert len([c for c in districts if c.depends_on == (("dc-sw-core",),)]) == 7
    assert len([c for c in districts if c.depends_on == (("twr-utama",),)]) == 5
    assert len([c for c in districts if c.contract == "isp-c"]) == 7


def test_every_target_is_an_address_of_this_machine_of_its_own_and_needs_no_root() -> None:
    places = {name: place(c["type"], c["target"]) for name, c in INVENTORY.checks.items()}
    for name, where in places.items():
        assert where is not None, name
        assert ipaddress.ip_address(where.host).is_loopback
        assert where.scheme == "icmp" or where.port > 1024, name
    assert len({where.host for where in places.values() if where}) == 60


def test_every_key_of_the_file_is_explained_where_it_first_stands() -> None:
    seen: set[str] = set()
    unexplained = []
    lines = [*CHECKS.read_text().splitlines(), ""]
    for number, line in enumerate(lines):
        key, equals, rest = line.partition(" = ")
        if not equals or line.startswith(("#", " ")) or key in seen:
            continue
        seen.add(key)
        if "#" not in rest and not lines[number + 1].strip().startswith("#"):
            unexplained.append(f"{number + 1}: {key}")
    assert unexplained == []
    assert {"type", "target", "group", "depends_on", "count", "public", "contract"} <= seen


@pytest.mark.parametrize("pace", [NORMAL, FAST], ids=["normal", "fast"])
@pytest.mark.parametrize("stand_ins", [frozenset(), LINKS], ids=["icmp", "tcp"])
def test_what_the_daemon_gets_is_a_configuration_too(
    tmp_path: Path, pace: Pace, stand_ins: frozenset[str]
) -> None:
    loaded, original = derived(tmp_path, pace, stand_ins), config.load(CHECKS, {})
    assert loaded.checks.keys() == original.checks.keys()
    for check in loaded.checks.values():
        before = original.checks[check.id]
        assert check.interval <= pace.interval
        assert check.timeout < check.interval
        assert check.retry_interval <= pace.retry
        assert check.type == ("tcp" if check.id in stand_ins else before.type)
        assert (check.name, check.group, check.severity) == (
            before.name,
            before.group,
            before.severity,
        )
        assert (check.depends_on, check.contract, check.public) == (
            before.depends_on, before.contract, before.public,
        )  # fmt: skip
    assert max(route.group_wait for route in loaded.routes) <= pace.wait
    assert loaded.siaga.database == f"sqlite:///{tmp_path}/siaga.db"


def test_checks_of_tls_trust_the_authority_of_the_simulation(tmp_path: Path) -> None:
    ca_files = {
        name: check.get("ca_file")
        for name, check in derive(INVENTORY, found(tmp_path), NORMAL)["checks"].items()
    }
    ours = str(tmp_path / "tls" / "ca.pem")
    assert ca_files["web-portal"] == ca_files["ext-tte"] == ours
    assert ca_files["internet-luar"] is None
    assert ca_files["dc-gw"] is None


def test_what_lies_elsewhere_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "checks.toml"
    file.write_text(
        '[checks.web]\ntype = "http"\ntarget = "https://portal.example/"\ninterval = "1h"\n'
    )
    plan = Inventory.read(file)
    assert place("http", "https://portal.example/") is None
    nothing = Found({}, frozenset(), {}, tmp_path / "ca.pem", "127.0.0.1:7424", "siaga.sock")
    assert derive(plan, nothing, NORMAL)["checks"]["web"] == {
        "type": "http", "target": "https://portal.example/",
        "interval": "5000ms", "timeout": "4000ms", "retry_interval": "1000ms",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("127.33.1.11:8006", "127.33.1.11:9"),
        ("https://127.33.4.1:8443/a?b=c", "https://127.33.4.1:9/a?b=c"),
        ("http://127.33.4.1/", "http://127.33.4.1:9/"),
        ("127.33.22.1", "127.33.22.1:9"),
    ],
)
def test_a_target_moves_to_another_port_and_stays_the_same_otherwise(
    before: str, after: str
) -> None:
    assert moved(before, 9) == after
