"""The edge to Apprise: loaded once, when first needed, never on the loop, and kept quiet.

Its debug log prints tokens, as do those of urllib3 and requests: no handler of anybody's gets
a record of theirs. What a failure was about is read from the records of that one call.
"""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# Services that deliver to a host of the user's own.
OWN_HOSTS = frozenset(
    {"form", "forms", "json", "jsons", "mailto", "mailtos", "syslog", "xml", "xmls"}
)
_lock = threading.Lock()
_asset: Any = None
_here = threading.local()


class _Tap(logging.Filter):
    """Stops every record; within `overhear` its level and text are kept for the caller."""

    def filter(self, record: logging.LogRecord) -> bool:
        heard: list[tuple[str, str]] | None = getattr(_here, "heard", None)
        if heard is not None:
            heard.append((record.levelname, record.getMessage()))
        return False


@contextmanager
def overhear() -> Iterator[list[tuple[str, str]]]:
    """What Apprise logs in this thread meanwhile, as (level, text). Holds secrets."""
    heard: list[tuple[str, str]] = []
    _here.heard = heard
    try:
        yield heard
    finally:
        _here.heard = None


def _hush() -> None:
    logger = logging.getLogger("apprise")
    logger.addFilter(_Tap())
    logger.setLevel(logging.DEBUG)  # only debug records tell "refused" from "no answer"
    for name in ("urllib3", "requests"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # a warning may hold an address


def asset() -> Any:
    """How Apprise is to behave for us; the first call loads its two hundred plug-ins."""
    global _asset  # noqa: PLW0603
    with _lock:
        if _asset is None:
            _hush()
            # Some plug-ins import what the standard library calls deprecated.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                import apprise

                apprise.Apprise.instantiate("json://localhost")
            _asset = apprise.AppriseAsset(
                app_id="Siaga",
                app_desc="Siaga",
                app_url="",
                async_mode=False,  # send in the calling thread: the deadline is ours
                service_timeout=0,
                storage_mode="memory",  # writes nothing to disk
                http_redirects=False,  # a token is not carried to another host
            )
        return _asset


def service(url: str) -> Any:
    """A manager that holds this one service, or None if the address is not accepted."""
    ours = asset()
    import apprise

    manager = apprise.Apprise(asset=ours)
    # instantiate() rather than add(): add() splits a text with commas into several addresses.
    plugin = apprise.Apprise.instantiate(url, asset=ours)
    if plugin is None or not manager.add(plugin):
        return None
    if url.partition("://")[0].lower() in OWN_HOSTS:
        # Apprise would wait 5.5 s between two mails; a pace is for public services.
        plugin.request_rate_per_sec = 0
    return manager
