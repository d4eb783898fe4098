"""The bundle as one file, the same bytes for the same record wherever it is written.

Nothing is compressed, since two versions of a compressor write different bytes; names are
sorted, times are those of the incident.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime

from uptime.evidence.files import as_json, files
from uptime.evidence.gather import Evidence
from uptime.evidence.page import as_page, script

MANIFEST = "manifest.json"
FORMAT = 1


def bundle(evidence: Evidence, language: str) -> bytes:
    """The ZIP."""
    made = {**files(evidence), "page.html": as_page(evidence, language), "check.py": script()}
    made[MANIFEST] = _manifest(evidence, made)
    began = datetime.fromtimestamp(max(evidence.incident.began, 315_532_800_000) / 1000, UTC)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(made):
            info = zipfile.ZipInfo(name, began.timetuple()[:6])
            info.create_system = 3  # Unix, wherever it is made
            info.external_attr = 0o644 << 16
            archive.writestr(info, made[name])
    return out.getvalue()


def _manifest(evidence: Evidence, made: Mapping[str, bytes]) -> bytes:
    return as_json({
        "format": FORMAT,
        "incident": evidence.incident.name,
        "files": {
            name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
            for name, data in made.items()
        },
    })  # fmt: skip
