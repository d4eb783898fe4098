"""A monthly report, asked for over the API; of a closed month what was kept."""

from __future__ import annotations

import time

from uptime.config import Config
from uptime.job_kinds import MEDIA_TYPES, Asked, Made, Progress
from uptime.report.forms import found, made
from uptime.store.history import History


def make(config: Config, history: History, asked: Asked, progress: Progress) -> Made:
    month, form = asked["month"], asked["format"]
    progress("record", 0, 2)
    report = found(config, history, month, round(time.time() * 1000))
    progress("writing", 1, 2)
    data = made(report, asked["language"], form)
    return Made(f"laporan-{month}.{form}", MEDIA_TYPES[form], data)
