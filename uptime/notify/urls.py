"""A channel's address: whether Apprise takes it, and which parts of it must never be shown."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote

from uptime.notify.library import OWN_HOSTS, service

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,30}", re.IGNORECASE)
SHORTEST_SECRET = 3


def validate_url(url: str) -> str | None:
    """What is wrong with a channel's address, or None; never shows its value.

    Loads Apprise on first use (a fifth of a second): not for the loop.
    """
    scheme, separator, rest = url.strip().partition("://")
    if not separator or not _SCHEME.fullmatch(scheme):
        return 'not an address of a service; write one such as "mailto://…" or "tgram://…"'
    if not rest:
        return f'nothing stands behind "{scheme}://"'
    if re.search(r"[\x00-\x20\x7f]", url.strip()):
        return "holds a space or a control character; encode it (%20)"
    try:
        known = service(url)
    except Exception as error:  # a plug-in's own fault must not end the validation
        return f'the service "{scheme}" refuses this address ({type(error).__name__})'
    if known is None:
        return (
            f'the service "{scheme}" is not known or refuses this address; '
            "compare it with the service's page in Apprise's documentation"
        )
    return None


def secret_parts(url: str) -> tuple[str, ...]:
    """Every part of an address that may be secret, longest first."""
    scheme, _, rest = url.partition("://")
    rest, _, query = rest.partition("?")
    netloc, *path = rest.split("/")
    user, at, host = netloc.rpartition("@")
    parts = {url, *path}
    if at:
        parts |= {user, *user.split(":")}
    # With services of others the "host" may be the token itself (tgram://TOKEN/chat); with
    # the user's own it is no secret and worth reading in an error.
    if scheme.lower() not in OWN_HOSTS:
        parts |= {netloc, host, *host.split(":")}
    parts |= {value for _, value in parse_qsl(query)} | {
        item.partition("=")[2] for item in query.split("&")
    }
    parts |= {unquote(part) for part in parts}
    return tuple(sorted((p for p in parts if len(p) >= SHORTEST_SECRET), key=len, reverse=True))


def scrub(text: str, parts: tuple[str, ...]) -> str:
    """The text with every one of the parts masked."""
    for part in parts:
        text = text.replace(part, "***")
    return text
