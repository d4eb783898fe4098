"""From rows owed to messages delivered; Apprise is known to this package alone."""

from __future__ import annotations

from uptime.notify.notifier import Notifier
from uptime.notify.sender import Sent, Verdict
from uptime.notify.subject import ChannelLike, Counts, Settings, Subject
from uptime.notify.urls import validate_url

__all__ = [
    "ChannelLike",
    "Counts",
    "Notifier",
    "Sent",
    "Settings",
    "Subject",
    "Verdict",
    "validate_url",
]
