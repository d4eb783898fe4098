"""A configuration in several files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.uptime.config.fakes import GOOD, load, write
from uptime.config import ConfigErrors


def check(name: str, more: str = "") -> str:
    return f'[checks.{name}]\ntype = "ping"\ntarget = "192.0.2.1"\n{more}'


def test_globs_are_relative_to_their_file_and_their_order_is_sorted(tmp_path: Path) -> None:
    main = write(tmp_path, '[siaga]\ninclude = ["checks.d/*.toml", "more/extra.toml"]\n')
    write(tmp_path, check("b"), "checks.d/20.toml")
    write(tmp_path, check("a"), "checks.d/10.toml")
    write(tmp_path, check("hidden"), "checks.d/.30.toml")
    write(tmp_path, '[siaga]\ninclude = ["deeper/*.toml"]\n' + check("c"), "more/extra.toml")
    write(tmp_path, check("d"), "more/deeper/x.toml")
    assert list(load(main).checks) == ["a", "b", "c", "d"]


def test_a_directory_without_files_is_no_error(tmp_path: Path) -> None:
    main = write(tmp_path, GOOD.replace("[siaga]", '[siaga]\ninclude = ["checks.d/*.toml"]'))
    assert list(load(main).checks) == ["web"]


def test_the_same_id_in_two_files_names_both_places(tmp_path: Path) -> None:
    main = write(tmp_path, '[siaga]\ninclude = ["a.toml", "b.toml"]\n')
    first = write(tmp_path, "\n" + check("web"), "a.toml")
    second = write(tmp_path, check("web"), "b.toml")
    with pytest.raises(ConfigErrors) as caught:
        load(main)
    assert str(caught.value) == (
        f'{second}:1:9: checks.web: "checks.web" is already in {first}, line 2; fix: keep one'
    )


def test_a_loop_of_includes_is_named(tmp_path: Path) -> None:
    main = write(tmp_path, '[siaga]\ninclude = ["a.toml"]\n' + check("x"))
    write(tmp_path, '[siaga]\ninclude = ["checks.toml"]\n', "a.toml")
    with pytest.raises(ConfigErrors, match=r"include loop: checks\.toml → a\.toml → checks\.toml"):
        load(main)


def test_a_file_included_twice_is_read_once(tmp_path: Path) -> None:
    main = write(tmp_path, '[siaga]\ninclude = ["a.toml", "*a.toml"]\n')
    write(tmp_path, check("x"), "a.toml")
    assert list(load(main).checks) == ["x"]


def test_the_errors_of_all_files_are_told_in_their_order(tmp_path: Path) -> None:
    main = write(tmp_path, '[siaga]\ninclude = ["a.toml", "b.toml"]\n' + check("x", "coun = 1\n"))
    write(tmp_path, "[checks.y\n", "a.toml")
    write(tmp_path, check("z", 'depends_on = ["y"]\ninterval = 3\n'), "b.toml")
    with pytest.raises(ConfigErrors) as caught:
        load(main)
    places = [(Path(e.file).name, e.line, e.key) for e in caught.value.errors]
    # That z depends on y is no error: y may stand in the file that could not be read.
    assert places == [
        ("checks.toml", 6, "checks.x.coun"),
        ("a.toml", 1, "syntax"),
        ("b.toml", 5, "checks.z.interval"),
    ]


def test_settings_stand_in_one_file(tmp_path: Path) -> None:
    main = write(tmp_path, GOOD.replace("[siaga]", '[siaga]\ninclude = ["a.toml"]'))
    write(tmp_path, '[siaga]\nlanguage = "en"\n', "a.toml")
    with pytest.raises(ConfigErrors, match=r'siaga: "siaga" is already in .*, line 2'):
        load(main)


def test_files_that_options_name_are_relative_to_the_file_that_names_them(tmp_path: Path) -> None:
    main = write(tmp_path, '[siaga]\ninclude = ["sub/a.toml"]\n')
    web = '[checks.web]\ntype = "web"\ntarget = "https://portal.example/"\nca_file = "ca.pem"\n'
    write(tmp_path, web, "sub/a.toml")
    ca = write(tmp_path, "x", "sub/ca.pem")
    assert load(main).checks["web"].probe.model_dump()["ca_file"] == ca


def test_a_key_that_everyone_can_read_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD + 'key_file = "key.pem"\n')
    key = write(tmp_path, "x", "key.pem")
    key.chmod(0o644)
    with pytest.raises(ConfigErrors, match=r'mode 0644 of "key\.pem" lets everyone read the key'):
        load(path)
    key.chmod(0o600)
    assert load(path).checks["web"].probe.model_dump()["key_file"] == key
