"""The bundle of an incident, asked for over the API."""

from __future__ import annotations

from uptime.config import Config
from uptime.evidence.bundle import bundle
from uptime.evidence.gather import gather, number_of
from uptime.job_kinds import MEDIA_TYPES, Asked, Made, Progress
from uptime.store.history import History


def make(config: Config, history: History, asked: Asked, progress: Progress) -> Made:
    evidence = gather(config, history, number_of(asked["incident"]), progress)
    progress("writing", 0, 1)
    made = bundle(evidence, asked["language"])
    return Made(f"{evidence.incident.name}.zip", MEDIA_TYPES["zip"], made)
