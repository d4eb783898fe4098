"""Targets as people write them: hosts, ports, addresses; ValueError says what to write."""

from __future__ import annotations

import re

from probes.base import safe_text
from probes.net import literal_address

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", re.IGNORECASE)


def split_host_port(target: str, default: int | None = None) -> tuple[str, int]:
    """`host:port`, `[::1]:port` or, with a default, a host alone."""
    if target.startswith("["):
        host, bracket, rest = target[1:].partition("]")
        if not bracket:
            raise ValueError('the bracket is not closed; fix: write it as "[::1]:port"')
        if literal_address(host) is None:
            raise ValueError(f'"{safe_text(host, 60)}" is no address; fix: brackets hold IPv6')
        port_text = rest[1:] if rest.startswith(":") else ""
        if rest and not rest.startswith(":"):
            raise ValueError('expected ":port" after the bracket; fix: write it as "[::1]:port"')
    elif target.count(":") > 1 and literal_address(target) is not None:
        host, port_text = target, ""
    else:
        host, colon, port_text = target.rpartition(":")
        if not colon:
            host, port_text = target, ""
    check_host(host)
    if not port_text:
        if default is None:
            raise ValueError(f'no port; fix: write it as "{safe_text(host, 60)}:443"')
        return host, default
    return host, port_number(port_text)


def port_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 65535):
        raise ValueError(f'port "{safe_text(text, 20)}" is not 1-65535; fix: write a number')
    return int(text)


def check_host(host: str) -> None:
    """Raises ValueError for what can be neither a name nor an address."""
    if literal_address(host) is not None:
        return
    if not host:
        raise ValueError("no host; fix: write a name or an address")
    try:
        name = host.encode("idna").decode("ascii").rstrip(".")
    except UnicodeError:
        longest = max((len(label) for label in host.split(".")), default=0)
        if longest > 63:
            raise ValueError(f"a host label has {longest} characters, limit 63") from None
        raise ValueError(f'"{safe_text(host, 60)}" is no host name') from None
    if len(name) > 253:
        raise ValueError(f"the host name has {len(name)} characters, limit 253")
    for label in name.split("."):
        if len(label) > 63:
            raise ValueError(f"a host label has {len(label)} characters, limit 63")
        if not _LABEL.fullmatch(label):
            shown = safe_text(host, 60)
            raise ValueError(
                f'"{shown}" is no host name; fix: letters, digits and hyphens between dots'
            )
    if name.replace(".", "").isdigit():
        raise ValueError(f'"{safe_text(host, 60)}" is no address; fix: four numbers of 0-255')


def ascii_host(host: str) -> str:
    """The form for the wire: IDN as xn--, addresses as they are."""
    if literal_address(host) is not None or host.isascii():
        return host.lower()
    return host.encode("idna").decode("ascii")
