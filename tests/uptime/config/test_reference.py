"""The manual's tables, a one-off probe and the commands' socket."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.uptime.config.fakes import Registry, WebProbe
from uptime.config import describe_options, one_probe, reference, socket_path


def test_options_are_described_from_their_fields() -> None:
    rows = {row.name: row for row in describe_options(WebProbe)}
    assert rows["expect.status"].type == "list of whole number or text"
    assert rows["expect.status"].default == "`2xx`"
    assert rows["expect.status"].description == "accepted status codes"
    assert (rows["degraded.latency"].type, rows["degraded.latency"].default) == ("duration", "")
    assert rows["method"].type == "`GET` or `HEAD`"
    assert rows["headers"].type == "table of text or secret"
    assert rows["password"].type == "secret"
    assert rows["verify"].default == "`true`"
    assert rows["ca_file"].type == "path"
    assert "target" not in rows
    assert "timeout" not in rows


def test_the_reference_has_a_row_for_every_key() -> None:
    text = reference()
    assert "### `[checks.ID] and [defaults]`" in text
    assert "| `interval` | duration | `30s` | " in text
    assert "| `type` | text | required | " in text
    assert "| `severity` | `critical`, `high`, `medium` or `low` | `medium` |" in text
    assert all(line.count(" | ") == 3 for line in text.splitlines() if line.startswith("| `"))


def test_a_one_off_probe_is_built_from_options() -> None:
    options = {"method": "HEAD", "password": "${P}", "timeout": "2s", "expect": {"contains": "x"}}
    probe = one_probe("web", "https://portal.example/", options, {"P": "x"}, probes=Registry())
    assert isinstance(probe, WebProbe)
    assert (probe.timeout, probe.method, probe.expect.contains) == (2, "HEAD", "x")


@pytest.mark.parametrize(
    ("kind", "target", "options", "message"),
    [
        (
            "wep",
            "x",
            {},
            'type: unknown type "wep" (did you mean "web"?); fix: write one of broken',
        ),
        ("web", "portal.example", {}, 'target: "portal.example" has no scheme; fix: write'),
        ("web", "https://a/", {"metod": "GET"}, "metod: type web has no such option (did you mean"),
        ("web", "https://a/", {"timeout": "5"}, 'timeout: "5" has no unit; fix: write "5s"'),
        ("web", "https://a/", {"redirects": 99}, "redirects: must be less than or equal to 20"),
        ("web", "https://a/", {"password": "hunter2"}, "password: a secret is given by reference"),
    ],
)
def test_a_bad_one_off_says_what_to_do(
    kind: str, target: str, options: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match="; fix: ") as caught:
        one_probe(kind, target, options, {}, probes=Registry())
    assert str(caught.value).startswith(message)
    assert "hunter2" not in str(caught.value)


def test_the_commands_find_the_socket_where_the_daemon_makes_it(tmp_path: Path) -> None:
    main = tmp_path / "checks.toml"
    assert socket_path(main, {}, {}) == tmp_path / "siaga.sock"
    assert socket_path(main, {"database": "sqlite:///var/x.db"}, {}) == tmp_path / "var/siaga.sock"
    assert socket_path(main, {"socket": "/run/x.sock"}, {}) == Path("/run/x.sock")
    assert socket_path(main, {"socket": 7, "database": []}, {}) == tmp_path / "siaga.sock"
    runtime = {"RUNTIME_DIRECTORY": "/run/siaga"}
    assert socket_path(main, {}, runtime) == Path("/run/siaga/siaga.sock")
