"""A claim, asked for over the API."""

from __future__ import annotations

import time

from uptime.claims.forms import made
from uptime.claims.gather import gather
from uptime.config import Config
from uptime.job_kinds import MEDIA_TYPES, Asked, Made, Progress
from uptime.store.history import History


def make(config: Config, history: History, asked: Asked, progress: Progress) -> Made:
    contract, month, form = asked["contract"], asked["month"], asked["format"]
    progress("record", 0, 2)
    paper = gather(config, history, contract, month, round(time.time() * 1000))
    progress("writing", 1, 2)
    data = made(paper, asked["language"], form)
    return Made(f"{contract}-{month}.{form}", MEDIA_TYPES[form], data)
