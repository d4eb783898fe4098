"""Secrets by reference, and none of them in a message."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from probes.base import Secret
from tests.uptime.config.fakes import GOOD, WebProbe, load, write
from uptime.config import ConfigErrors


def password(
    directory: Path, reference: str, environ: dict[str, str] | None = None
) -> Secret | None:
    config = load(write(directory, GOOD + f"password = {reference}\n"), environ)
    probe = config.checks["web"].probe
    assert isinstance(probe, WebProbe)
    return probe.password


def test_a_secret_comes_from_the_environment(tmp_path: Path) -> None:
    assert password(tmp_path, '"${A}-${B}"', {"A": "x", "B": "y"}) == Secret("x-y")


def test_a_secret_comes_from_a_file_without_its_last_line_break(tmp_path: Path) -> None:
    write(tmp_path, "hunter2\n", "secret").chmod(0o600)
    assert password(tmp_path, '{ file = "secret" }') == Secret("hunter2")


def test_a_secret_comes_from_systemd(tmp_path: Path) -> None:
    write(tmp_path, "hunter2", "cred/portal").chmod(0o400)
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path / "cred")}
    assert password(tmp_path, '{ credential = "portal" }', environ) == Secret("hunter2")


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o620, 0o602])
def test_a_secret_that_others_get_at_is_refused(tmp_path: Path, mode: int) -> None:
    write(tmp_path, "hunter2", "secret").chmod(mode)
    with pytest.raises(ConfigErrors, match=f'mode {mode:04o} of file "secret" lets') as caught:
        password(tmp_path, '{ file = "secret" }')
    assert "hunter2" not in str(caught.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a file away")
def test_a_secret_that_belongs_to_somebody_else_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "hunter2", "secret")
    path.chmod(0o600)
    os.chown(path, 12345, 12345)
    with pytest.raises(ConfigErrors, match="belongs to uid 12345, who could change it"):
        password(tmp_path, '{ file = "secret" }')


@pytest.mark.parametrize(
    ("reference", "environ", "message"),
    [
        ('"${A}"', {"A": ""}, "environment variable A is empty"),
        ('"x${A}"', {"A": "hunter2\n"}, "environment variable A holds a control character"),
        ('"${1A}"', {}, "a reference is not written in full"),
        ('"hunter2"', {}, "a secret is given by reference only"),
        ("7", {}, "a secret is given by reference only"),
        ('{ fil = "x" }', {}, "a secret is given by reference only"),
        ("{ file = 7 }", {}, "a secret is given by reference"),
        ('{ file = "." }', {}, "is not a regular file"),
        ('{ file = "a\\u0000b" }', {}, "is not readable"),
        ('{ credential = "../x" }', {}, "is no name of a credential"),
        ('{ credential = "x" }', {}, "no credentials were handed over"),
    ],
)
def test_a_bad_reference_is_said_without_its_value(
    tmp_path: Path, reference: str, environ: dict[str, str], message: str
) -> None:
    with pytest.raises(ConfigErrors, match=message) as caught:
        password(tmp_path, reference, environ)
    assert caught.value.total == 1
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "is empty"), (b"\xff", "is not UTF-8 text"), (b"x" * 70_000, "larger than 64 KiB")],
)
def test_a_file_that_holds_no_secret_is_refused(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "secret"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(ConfigErrors, match=f'file "secret" {message}|{message}'):
        password(tmp_path, '{ file = "secret" }')
