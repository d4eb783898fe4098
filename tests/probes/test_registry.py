"""The registry: names without imports, one loaded, help for a typing error."""

from __future__ import annotations

import subprocess
import sys

import pytest

from probes import registry
from probes.base import Probe


def test_the_built_in_types_are_there() -> None:
    assert {"dns", "http", "icmp", "ssh", "tcp", "tls"} <= set(registry.names())
    assert registry.names() == sorted(registry.names())


def test_naming_imports_no_probe() -> None:
    code = (
        "import sys; from probes.registry import names; names();"
        "print(sorted(m for m in sys.modules if m.startswith('probes.') or m == 'httptools'))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert told.stdout.strip() == "['probes.base', 'probes.registry']"


@pytest.mark.parametrize("name", ["http", "tcp", "tls"])
def test_one_is_loaded_by_its_name(name: str) -> None:
    assert issubclass(registry.load(name), Probe)


def test_a_typing_error_gets_a_suggestion() -> None:
    with pytest.raises(registry.UnknownProbe, match='did you mean "http"') as caught:
        registry.load("htttp")
    assert caught.value.name == "htttp"
    assert "http" in caught.value.known


def test_what_is_no_probe_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import EntryPoint

    point = EntryPoint("path", "pathlib:Path", registry.GROUP)
    monkeypatch.setattr(registry, "_points", lambda: {"path": point})
    with pytest.raises(TypeError, match="is no Probe"):
        registry.load("path")


@pytest.mark.parametrize("name", ["http", "tcp", "tls"])
def test_every_option_explains_itself(name: str) -> None:
    for option, field in registry.load(name).model_fields.items():
        assert field.description, f"{name}.{option} has no description"
