"""What the documents say is so: references, commands, files, examples."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.reference import BEGIN, END, README, REFERENCE, ROOT, full, short, with_short
from uptime.cli import parser
from uptime.config import load

SECRETS = {"TELEGRAM_TOKEN": "123456789:abcdefghijklmnopqrstuvwxyz123456789", "TELEGRAM_CHAT": "-1"}
DOCUMENTS = [
    README,
    ROOT / "CONTRIBUTING.md",
    ROOT / "docs" / "ledger.md",
    ROOT / "docs" / "evidence.md",
    ROOT / "docs" / "id" / "panduan.md",
    ROOT / "docs" / "id" / "buku-besar.md",
]
SIAGA = Path(sys.executable).with_name("siaga")
# Files that a reader's own machine has, or will have.
OWN = {"checks.toml", "/run/siaga", "/etc/siaga/checks.toml"}

document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)


def written(path: Path) -> str:
    """What a person wrote: without the part that is generated."""
    text = path.read_text("utf-8")
    return text.partition(BEGIN)[0] + text.partition(END)[2] if BEGIN in text else text


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", written(path), re.MULTILINE | re.DOTALL)


def spans(path: Path) -> list[str]:
    prose = re.sub(r"^```.*?^```", "", written(path), flags=re.MULTILINE | re.DOTALL)
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose)]


def commands(path: Path) -> Iterator[list[str]]:
    """Every command line shown, as words; comments and prompts are left away."""
    shown = [line for block in blocks(path, "sh") for line in block.splitlines()]
    for line in [*shown, *spans(path)]:
        try:
            words = shlex.split(line, comments=True)
        except ValueError:
            continue  # an apostrophe: prose
        if words:
            command = words[: words.index(">")] if ">" in words else words
            yield [Path(command[0]).name, *command[1:]]


def test_the_reference_is_what_the_code_says() -> None:
    assert REFERENCE.read_text("utf-8") == full(), "run: python -m scripts.reference"
    readme = README.read_text("utf-8")
    assert short() in readme, "run: python -m scripts.reference"
    assert readme == with_short(readme)


@document
def test_every_make_target_exists(path: Path) -> None:
    there = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {words[1] for words in commands(path) if words[0] == "make" and len(words) > 1}
    assert named - there == set()


@document
def test_every_command_line_is_accepted(path: Path) -> None:
    shown = [words for words in commands(path) if words[0] == "siaga" and len(words) > 1]
    assert [words for words in shown if not accepted(words[1:])] == []


def accepted(arguments: list[str]) -> bool:
    try:
        parser().parse_args(arguments)
    except SystemExit as end:
        return end.code == 0
    return True


@document
def test_every_file_that_is_named_exists(path: Path) -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", written(path)):
        assert (path.parent / link).exists(), f"no such file: {link}"
    for line in written(path).splitlines():
        # In a row of the map the first name says where the others are.
        names = re.findall(r"`([\w.-]+/[\w./-]*|[\w./-]+\.(?:py|md|toml|lock))`", line)
        home = (ROOT / names[0]).parent if names else ROOT
        for name in names:
            places = (ROOT, home, ROOT / names[0])
            found = any((place / name).exists() for place in places)
            assert found or name in OWN, f"no such file: {name}"


def test_the_inventory_of_the_repository_is_valid() -> None:
    config = load(ROOT / "checks.toml", {})
    assert len(config.checks) == 60


@pytest.mark.parametrize("text", blocks(README, "toml"))
def test_the_examples_of_the_readme_are_valid(tmp_path: Path, text: str) -> None:
    file = tmp_path / "checks.toml"
    file.write_text(text, "utf-8")
    assert load(file, SECRETS).checks


def test_the_five_minutes_of_the_readme_work(tmp_path: Path) -> None:
    (init,) = [words for words in commands(README) if words[:2] == ["siaga", "init"]]
    assert len(init) > 2
    for words in (init, ["siaga", "validate"]):
        run = subprocess.run(
            [SIAGA, *words[1:]], cwd=tmp_path, check=False, capture_output=True, text=True
        )
        assert run.returncode == 0, run.stderr
