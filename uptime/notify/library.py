"""The edge to Apprise: loaded once, when first needed, never on the loop, and kept quiet.

Its debug log prints tokens, as do those of urllib3 and requests: nothing of theirs reaches
our handlers. What a failure was about is read from the records of that one call instead.
"""

from __future__ import annotations

import logging
import threading
import warnings
from typing import Any

_lock = threading.Lock()
_asset: Any = None


def hush() -> None:
    """Nothing that these libraries log is passed on, at any level."""
    for name in ("apprise", "urllib3", "requests"):
        logger = logging.getLogger(name)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())  # or Python prints warnings to stderr
    # Debug records are wanted inside a call: they alone tell "refused" from "no answer".
    logging.getLogger("apprise").setLevel(logging.DEBUG)
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    logging.getLogger("requests").setLevel(logging.WARNING)


def asset() -> Any:
    """How Apprise is to behave for us; the first call loads its two hundred plug-ins."""
    global _asset  # noqa: PLW0603
    with _lock:
        if _asset is None:
            hush()
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
    return manager
