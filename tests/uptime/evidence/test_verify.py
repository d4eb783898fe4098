"""A bundle altered in every way we can think of, by somebody who mends the manifest, too."""

from __future__ import annotations

import hashlib
import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.uptime.evidence.test_bundle import made, read, siaga_verify
from uptime.core.heads import SignedHead
from uptime.core.ledger import link
from uptime.evidence.verify import Misfit, verify

pytestmark = pytest.mark.timeout(120)  # the first of them waits for the two lives

Files = dict[str, bytes]


def written(folder: Path, files: Files, *, mended: bool = True) -> Path:
    """A bundle of these files, with a manifest that fits them."""
    if mended:
        manifest = json.loads(files["manifest.json"])
        manifest["files"] = {
            name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
            for name, data in files.items()
            if name != "manifest.json"
        }
        files = {**files, "manifest.json": json.dumps(manifest).encode()}
    path = folder / "altered.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def rows(files: Files) -> list[dict[str, object]]:
    return [json.loads(line) for line in files["ledger.jsonl"].decode().splitlines()]


def with_rows(files: Files, changed: list[dict[str, object]]) -> Files:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in changed)
    return {**files, "ledger.jsonl": text.encode()}


def edited_entry(files: Files) -> Files:
    found = rows(files)
    (row,) = [row for row in found if '"new":"down"' in str(row["entry"])]
    row["entry"] = str(row["entry"]).replace('"new":"down"', '"new":"up"')
    return with_rows(files, found)


def dropped_entry(files: Files) -> Files:
    found = rows(files)
    return with_rows(files, found[:6] + found[7:])


def dropped_tail(files: Files) -> Files:
    return with_rows(files, rows(files)[:-3])


def swapped(files: Files) -> Files:
    found = rows(files)
    found[3], found[4] = found[4], found[3]
    return with_rows(files, found)


def rebuilt(files: Files) -> list[dict[str, object]]:
    """The chain anew, from an entry that was changed."""
    found = rows(files)
    prev = str(found[0]["prev"])
    for row in found:
        row["entry"] = str(row["entry"]).replace('"reason":"assertion"', '"reason":"refused"')
        row["prev"], row["hash"] = prev, link(prev, str(row["entry"]))
        prev = str(row["hash"])
    return found


def rebuilt_chain(files: Files) -> Files:
    return with_rows(files, rebuilt(files))


def no_signatures(files: Files) -> Files:
    return {**files, "signatures.jsonl": b""}


def wrong_signature(files: Files) -> Files:
    head = json.loads(files["signatures.jsonl"])
    head["signature"] = "0" * 128
    return {**files, "signatures.jsonl": (json.dumps(head) + "\n").encode()}


def edited_statement(files: Files) -> Files:
    return {**files, "statements.csv": files["statements.csv"].replace(b"ke lokasi", b"tidur")}


def edited_terms(files: Files) -> Files:
    found = json.loads(files["configuration.json"])
    found["terms"]["check pintu"]["failure_threshold"]["value"] = 1
    return {**files, "configuration.json": json.dumps(found).encode()}


def edited_monitor(files: Files) -> Files:
    return {**files, "monitor.csv": files["monitor.csv"].split(b"\r\n")[0] + b"\r\n"}


def _incident(files: Files, **values: object) -> Files:
    found = json.loads(files["incident.json"])
    return {**files, "incident.json": json.dumps(found | values).encode()}


def earlier(files: Files) -> Files:
    return _incident(files, began="2026-11-22T16:00:00.000Z")


def later(files: Files) -> Files:
    return _incident(files, ended="2026-11-22T18:00:00.000Z")


def of_another(files: Files) -> Files:
    return _incident(files, id="INC-2")


def no_window(files: Files) -> Files:
    return _incident(files, window=None)


def edited_result(files: Files) -> Files:
    return {**files, "results.csv": files["results.csv"].replace(b",down,", b",up,")}


def invented_result(files: Files) -> Files:
    lines = files["results.csv"].split(b"\r\n")
    lines[2] = lines[2].replace(b"1099511627", b"1099511628")
    return {**files, "results.csv": b"\r\n".join(lines)}


def _named(files: Files, end: str) -> str:
    return next(name for name in files if name.startswith("results-") and name.endswith(end))


def edited_hour(files: Files) -> Files:
    name = _named(files, ".jsonl")
    return {**files, name: files[name].replace(b"assertion", b"assertiom").replace(b"SSH", b"SSX")}


def edited_leaves(files: Files) -> Files:
    """The leaf mended, too."""
    hour, day = _named(files, ".jsonl"), _named(files, ".leaves")
    before, after = files[hour], files[hour].replace(b"SSH", b"SSX")
    old, new = (hashlib.sha256(data).hexdigest().encode() for data in (before, after))
    return {**files, hour: after, day: files[day].replace(old, new)}


def of_another_check(files: Files) -> Files:
    name = _named(files, ".jsonl")
    other = name.replace("-1.jsonl", "-2.jsonl")
    files = {**files, "results.csv": files["results.csv"].replace(name.encode(), other.encode())}
    return {**files, other: files.pop(name)}


def worse_monitor(files: Files) -> Files:
    """Who wants the outage to be the monitor's."""
    text = files["monitor-minutes.csv"].decode()
    return {**files, "monitor-minutes.csv": re.sub(r"Z,\d+,", "Z,9000,", text).encode()}


def edited_day(files: Files) -> Files:
    """Which is the longest the monitor stood still."""
    name = "monitor-2026-11-22.jsonl"
    return {**files, name: re.sub(rb"^(\[\d+,\d+),\d+", rb"\1,7", files[name])}


def dropped_day_of_minutes(files: Files) -> Files:
    """Not proven any more, which is no lie."""
    return {n: data for n, data in files.items() if n != "monitor-2026-11-22.jsonl"}


def minutes_that_are_none(files: Files) -> Files:
    return {**files, "monitor-minutes.csv": files["monitor-minutes.csv"].replace(b",no,", b",?,")}


def minutes_of_a_spreadsheet(files: Files) -> Files:
    text = files["monitor-minutes.csv"]
    return {**files, "monitor-minutes.csv": text.replace(b"\r\n", b"\n")}


def well_monitor(files: Files) -> Files:
    found = json.loads(files["incident.json"])["monitor"]
    return _incident(files, monitor=found | {"lag_ms": 1})


def extra_file(files: Files) -> Files:
    manifest = json.loads(files["manifest.json"])
    return {**files, "manifest.json": json.dumps(manifest | {"format": 2}).encode()}


@pytest.mark.parametrize(
    ("alter", "named"),
    [
        (edited_entry, "does not fit: it or the one before"),
        (dropped_entry, "entry 6: nobody signed it or any after it"),
        (dropped_tail, "entry 23 was signed and is not in ledger.jsonl"),
        (swapped, "not in order"),
        (rebuilt_chain, "is not the one that was signed"),
        (no_signatures, "nobody signed it"),
        (wrong_signature, "is not that of its key"),
        (edited_statement, "statements.csv is not what the entries"),
        (edited_terms, "configuration.json is not what the entries"),
        (edited_monitor, "monitor.csv is not what the entries"),
        (worse_monitor, "is not what monitor-2026-11-22.jsonl says of that time"),
        (well_monitor, "says another thing of the monitor than monitor-minutes.csv"),
        (edited_day, "monitor-2026-11-22.jsonl is not what the head of 2026-11-22 speaks of"),
        (minutes_that_are_none, "monitor-minutes.csv is not what siaga evidence writes"),
        (minutes_of_a_spreadsheet, "monitor-minutes.csv is not what siaga evidence writes"),
        (edited_result, "is not the one that was stored"),
        (invented_result, "is not the one that was stored"),
        (edited_hour, "is no part of results-2026-11-22.leaves"),
        (edited_leaves, "is not what the signed head of 2026-11-22 speaks of"),
        (of_another_check, "of another check than the ledger says"),
        (earlier, "began at another time"),
        (later, "ended at another time"),
        (of_another, "of another incident"),
        (no_window, "incident.json is not what siaga evidence writes"),
        (extra_file, "format 2 is unknown"),
    ],
)
def test_what_was_altered_is_named_although_the_manifest_was_mended(
    folder: Path, alter: Callable[[Files], Files], named: str
) -> None:
    code, out, err = siaga_verify(written(folder, alter(read(made(folder)))))
    assert (code, out) == (1, "")
    assert named in err


def test_what_was_signed_with_another_key_shows_that_key(folder: Path) -> None:
    """Nobody can say from a bundle alone whose key it is; so it is shown."""
    files = read(made(folder))
    changed = rebuilt(files)
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw().hex()
    last = changed[-1]
    day = SignedHead("2026-11-22", int(str(last["seq"])), str(last["hash"]), "0" * 64, public, "")
    line = json.dumps(json.loads(day.line) | {"signature": key.sign(day.text.encode()).hex()})
    files = with_rows(files, changed) | {"signatures.jsonl": line.encode()}
    files["transitions.csv"] = files["transitions.csv"].replace(b",assertion,", b",refused,")
    proof = _named(files, ".jsonl").encode()
    files["results.csv"] = files["results.csv"].replace(proof, b"")
    files.pop(_named(files, ".jsonl"))
    files.pop(_named(files, ".leaves"))
    code, out, _ = siaga_verify(written(folder, files))
    assert code == 0
    assert public in out


@pytest.mark.parametrize("name", ["results.csv", "page.html", "check.py", "facts.csv"])
def test_a_file_that_is_not_that_of_the_manifest_is_named(folder: Path, name: str) -> None:
    files = read(made(folder))
    files[name] += b" "
    code, _, err = siaga_verify(written(folder, files, mended=False))
    assert code == 1
    assert f"{name} is not the file of the manifest" in err


def test_files_that_are_too_many_or_too_few_are_named(folder: Path) -> None:
    files = read(made(folder))
    _, _, err = siaga_verify(written(folder, {**files, "x.exe": b"MZ"}, mended=False))
    assert "x.exe is not in the manifest" in err
    files.pop("facts.csv")
    _, _, err = siaga_verify(written(folder, files, mended=False))
    assert "facts.csv is missing" in err


def test_two_files_of_one_name_and_compressed_ones_are_refused(folder: Path) -> None:
    path = made(folder)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("page.html", "another")
    assert "the same name" in siaga_verify(path)[2]
    bomb = folder / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", b"0" * 1_000_000)
    assert "compressed" in siaga_verify(bomb)[2]


@pytest.mark.parametrize("data", [b"", b"PK", b"no zip at all", bytes(1000)])
def test_what_is_no_zip_is_no_bundle(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    code, _, err = siaga_verify(path)
    assert code == 1
    assert "no ZIP" in err


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"format":1}', b"\xff", b"[" * 100_000])
def test_a_manifest_that_is_none_is_named(tmp_path: Path, data: bytes) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("manifest.json", data)
    path = tmp_path / "x.zip"
    path.write_bytes(out.getvalue())
    code, _, err = siaga_verify(path)
    assert code == 1
    assert "manifest.json" in err


@pytest.mark.parametrize(
    "alter",
    [edited_entry, dropped_entry, dropped_tail, rebuilt_chain, edited_hour, edited_leaves],
)
def test_the_strangers_script_finds_it_too(folder: Path, alter: Callable[[Files], Files]) -> None:
    files = read(made(folder))
    script = folder / "check.py"
    script.write_bytes(files["check.py"])
    path = written(folder, alter(files))
    run = subprocess.run(
        [sys.executable, "-I", script, path], capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert re.search("entry|results-", run.stderr)


@given(data=st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_altered_is_a_misfit_or_no_part_of_the_proof(
    bundle: Files, tmp_path: Path, data: st.DataObject
) -> None:
    """Never another error; and what still fits has the same proven parts."""
    name = data.draw(st.sampled_from(sorted(bundle)))
    content = bundle[name]
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 40)))
    put = data.draw(st.binary(max_size=20) | st.text('[]{}",:0129\n', max_size=20).map(str.encode))
    altered = {**bundle, name: content[:start] + put + content[end:]}
    try:
        manifest = json.loads(altered["manifest.json"])
        isinstance(manifest["files"], dict)
        path = written(tmp_path, altered)
        found = verify(path)
    except (Misfit, ValueError, TypeError, KeyError):
        if name != "manifest.json":
            with pytest.raises(Misfit):
                verify(path)
        return
    assert found.incident == "INC-1"
    same = ("ledger.jsonl", "transitions.csv", "statements.csv", "monitor.csv",
            "configuration.json")  # fmt: skip
    if name in same and altered[name] != content:
        # Blanks, or another spelling of the same: the entries are the same all the same.
        assert name == "ledger.jsonl"
        assert rows(altered) == rows(bundle)


@pytest.fixture(scope="session")
def bundle(recorded: Path) -> Files:
    return read(made(recorded))
