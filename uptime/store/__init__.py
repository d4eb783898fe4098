"""The record: SQL lives here alone; rows never leave, values of `uptime.core.model` do.

`History`, the read-only view for commands, is in `uptime.store.history`: it imports SQLModel,
which this package does not until it must.
"""

from uptime.store.errors import AlreadyRunning, NotAllowed, StorageError, StoreBroken
from uptime.store.store import Store
from uptime.store.values import Audit, Finding, Point, Recovered, Series, Token, Verified

__all__ = [
    "AlreadyRunning",
    "Audit",
    "Finding",
    "NotAllowed",
    "Point",
    "Recovered",
    "Series",
    "StorageError",
    "Store",
    "StoreBroken",
    "Token",
    "Verified",
]
