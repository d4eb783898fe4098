"""The boundaries of the design, and what is imported when."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from probes import registry

ROOT = Path(__file__).parent.parent
PACKAGES = ("uptime", "probes", "tui")


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Every module a file names in an import, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            yield node.module or ""


def loaded_after(code: str) -> set[str]:
    """What a fresh interpreter has loaded once `code` ran; what it prints itself is dropped."""
    report = f"import sys\n{code}\nsys.stderr.write(' '.join(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", report], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return set(run.stderr.split())


def of(package: str, names: set[str]) -> set[str]:
    return {name for name in names if name.partition(".")[0] == package}


def test_the_import_contracts_hold() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run(
        [command, "--no-cache"], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout


def test_the_core_imports_the_standard_library_alone() -> None:
    foreign = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in modules("uptime/core")
        for name in imported(path)
        if name.partition(".")[0] not in sys.stdlib_module_names
        and name != "uptime.core"
        and not name.startswith("uptime.core.")
    }
    assert foreign == set()


@pytest.mark.parametrize(
    "code",
    [
        "import uptime.cli",
        "from uptime.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass",
    ],
    ids=["import", "help"],
)
def test_the_command_line_answers_before_anything_heavy_is_imported(code: str) -> None:
    heavy = {
        "alembic", "apprise", "asyncio", "asyncssh", "fastapi", "httpx", "pydantic", "rich",
        "sqlalchemy", "sqlmodel", "textual", "uvicorn",
    }  # fmt: skip
    assert heavy & loaded_after(code) == set()


def test_probing_begins_before_web_notifiers_and_migrations_are_imported() -> None:
    late = {"alembic", "apprise", "asyncssh", "fastapi", "sqlmodel", "textual", "tui", "uvicorn"}
    loaded = loaded_after("import uptime.daemon")
    assert "uptime.scheduler" in loaded
    assert late & loaded == set()


def test_the_terminal_ui_shares_the_wire_models_alone() -> None:
    loaded = loaded_after("import tui.app")
    assert "textual" in loaded
    assert of("uptime", loaded) == {"uptime", "uptime.schema"}
    assert of("probes", loaded) == set()


def test_a_probe_knows_nothing_of_the_monitor() -> None:
    code = "\n".join(
        f"import {'.'.join(path.relative_to(ROOT).with_suffix('').parts).removesuffix('.__init__')}"
        for path in modules("probes")
    )
    loaded = loaded_after(code)
    assert "probes.base" in loaded
    assert of("uptime", loaded) == set()


def test_a_configuration_loads_the_probe_types_it_names_alone() -> None:
    loaded = loaded_after("from probes import registry\nregistry.names()\nregistry.load('tcp')")
    assert "probes.tcp" in loaded
    assert {"asyncssh", "dns", "httpx", "probes.ssh", "probes.dns"} & loaded == set()


@pytest.mark.parametrize(
    ("lock", "folders"),
    [
        ("requirements.lock", PACKAGES),
        ("requirements-dev.lock", (*PACKAGES, "tests", "bench", "scripts")),
    ],
)
def test_a_fresh_clone_has_every_package_that_is_imported(
    lock: str, folders: tuple[str, ...]
) -> None:
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / lock).read_text(), re.MULTILINE))
    ours = {"uptime", "probes", "tui", "tests", "bench", "scripts"}
    names = {
        name.partition(".")[0]
        for folder in folders
        for path in modules(folder)
        for name in imported(path)
    }
    brings = packages_distributions()
    missing = {
        name
        for name in names - ours - sys.stdlib_module_names
        if locked.isdisjoint(re.sub(r"[._]", "-", d).lower() for d in brings.get(name, ()))
    }
    assert missing == set()


@pytest.mark.parametrize("kind", registry.names())
def test_every_probe_type_has_its_tests(kind: str) -> None:
    assert (ROOT / "tests" / "probes" / f"test_{kind}.py").is_file()


@pytest.mark.parametrize("kind", registry.names())
def test_every_probe_type_has_its_row_in_the_manual(kind: str) -> None:
    assert f"\n| `{kind}` | " in (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_says_what_it_is_for(package: str) -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in modules(package)
        if ast.get_docstring(ast.parse(path.read_bytes())) is None
    ]
    assert silent == []
