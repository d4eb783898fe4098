"""A plug-in asks for the current loop before each test, and a policy that was never told of one
makes one for it that nobody closes; told that there is none, it makes none."""

from __future__ import annotations

import asyncio

asyncio.set_event_loop(None)
