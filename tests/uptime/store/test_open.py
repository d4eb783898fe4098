"""What is opened, what is refused, and that what is refused stays as it was."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.uptime.store.helpers import count, open_store, opened, sql, url
from uptime.store import AlreadyRunning, NotAllowed, StorageError, Store
from uptime.store.history import History


def test_a_new_database_stands_complete_under_its_name_alone(path: Path) -> None:
    with opened(path):
        pass
    assert {file.name for file in path.parent.iterdir()} == {
        "siaga.db", "siaga.db.lock", "siaga.key",
    }  # fmt: skip
    assert sql(path, "PRAGMA quick_check") == [("ok",)]
    assert sql(path, "PRAGMA auto_vacuum") == [(2,)]


def test_what_a_kill_left_of_a_first_start_is_in_nobodys_way(path: Path) -> None:
    path.with_name("siaga.db.new").write_bytes(b"half a database")
    with opened(path):
        assert count(path, "ledger") == 0


def test_a_second_daemon_is_told_the_first_ones_pid(path: Path, store: Store) -> None:
    with pytest.raises(AlreadyRunning) as refused:
        open_store(path)
    assert refused.value.pid == os.getpid()
    assert str(os.getpid()) in str(refused.value)


def test_the_lock_dies_with_its_holder(path: Path) -> None:
    script = (
        "import os, sys\n"
        "from tests.uptime.store.helpers import open_store\n"
        "from pathlib import Path\n"
        "open_store(Path(sys.argv[1]))\n"
        "os.kill(os.getpid(), 9)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, path], cwd=Path.cwd(), check=False)
    assert killed.returncode == -9
    with opened(path):
        pass


def test_a_normal_start_imports_neither_alembic_nor_sqlalchemy(path: Path) -> None:
    with opened(path):
        pass
    script = (
        "import sys\n"
        "from tests.uptime.store.helpers import open_store\n"
        "from pathlib import Path\n"
        "store = open_store(Path(sys.argv[1]))\n"
        "store.recover({})\n"
        "store.close()\n"
        "print(sorted({'alembic', 'sqlalchemy', 'sqlmodel'} & sys.modules.keys()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, path],
        cwd=Path.cwd(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("content", [b"", b"not a database at all, but long enough to be one"])
def test_a_file_that_is_no_database_is_refused_and_kept(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StorageError, match=f"{path}.*fix: "):
        open_store(path)
    assert path.read_bytes() == content


def test_a_directory_is_refused(path: Path) -> None:
    path.mkdir()
    with pytest.raises(StorageError, match="is a directory; fix: "):
        open_store(path)


def test_a_path_without_its_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="mkdir -p"):
        open_store(tmp_path / "nowhere" / "siaga.db")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("address", ["postgresql://db/siaga", "sqlite://", "sqlite:///:memory:"])
def test_an_address_that_is_no_file_is_refused(address: str) -> None:
    with pytest.raises(StorageError, match="fix: "):
        Store.open(address, clock=lambda: 0)


def test_a_file_this_user_may_not_read_names_who_may(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(path):
        pass
    # As root nothing is forbidden, so that the answer of the system is played.
    monkeypatch.setattr(os, "access", lambda file, mode: Path(file) != path)
    with pytest.raises(NotAllowed, match="run as "):
        open_store(path)
    with pytest.raises(PermissionError, match="may not read this file"):
        History.open(url(path))


def test_a_newer_schema_is_refused_and_nothing_written(path: Path) -> None:
    with opened(path):
        pass
    sql(path, "UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    with pytest.raises(StorageError, match=r"newer version \(schema 9999"):
        open_store(path)
    assert path.read_bytes() == before
    with pytest.raises(StorageError, match="newer version"):
        History.open(url(path))


def test_another_programs_database_is_refused_and_nothing_written(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE theirs (x)")
    before = path.read_bytes()
    with pytest.raises(StorageError, match="another program's"):
        open_store(path)
    assert path.read_bytes() == before


def test_a_refused_start_leaves_the_lock_free(path: Path) -> None:
    path.write_bytes(b"x" * 100)
    with pytest.raises(StorageError):
        open_store(path)
    path.unlink()
    with opened(path):
        pass
