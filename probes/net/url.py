"""A web address taken apart, by the rules that hold for ours and for the ones we are sent to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote, urljoin, urlsplit

from probes.base import safe_text
from probes.net.targets import ascii_host, check_host, port_number

PORTS = {"http": 80, "https": 443}
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_SAFE = "!#$%&'()*+,/:;=?@[]~"  # what quoting leaves as it stands, "%" of an escape included
_UNFIT = re.compile(r"[\x00-\x20\x7f]")


class ForeignScheme(ValueError):
    """Neither http nor https."""


@dataclass(frozen=True)
class Url:
    """Where to ask and what for; `path` has its query and is ASCII."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """What credentials and cookies belong to."""
        return self.scheme, self.host, self.port

    @cached_property
    def authority(self) -> str:
        """As the Host header has it."""
        host = f"[{self.host.partition('%')[0]}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


def parse(text: str) -> Url:
    """Raises ValueError that says what to write."""
    shown = safe_text(text, 80)
    if _UNFIT.search(text):
        raise ValueError(f'"{shown}" has a space or control character in it; fix: write %20')
    scheme, separator, _ = text.partition("://")
    if not separator:
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:(?!\d)", text):
            name = text.partition(":")[0]
            raise ForeignScheme(f'scheme "{name}" is not allowed; fix: write "https://…"')
        raise ValueError(f'"{shown}" has no scheme; fix: write "https://{shown}"')
    if scheme.lower() not in PORTS:
        if not _SCHEME.fullmatch(scheme):
            raise ValueError(f'"{shown}" has no scheme; fix: write "https://…"')
        name = safe_text(scheme, 40)
        raise ForeignScheme(f'scheme "{name}" is not allowed; fix: write "https://…"')
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        text = f'"{shown}" is no address; fix: brackets hold IPv6: "https://[::1]/"'
        raise ValueError(text) from None
    if "@" in parts.netloc:
        fix = "use auth = { user, password } with the password by reference"
        raise ValueError(f"credentials in the URL are not allowed; fix: {fix}")
    host = host.replace("%25", "%", 1)
    check_host(host)
    _, colon, port = parts.netloc.rpartition("]")[2].rpartition(":")
    number = port_number(port) if colon and port else PORTS[parts.scheme]
    path = quote(parts.path or "/", safe=_SAFE)
    if parts.query:
        path += "?" + quote(parts.query, safe=_SAFE)
    return Url(parts.scheme, ascii_host(host).rstrip("."), number, path)


def follow(base: Url, location: str) -> Url:
    """Where a Location header leads; raises ValueError."""
    # Servers write spaces and UTF-8 into it; a header's bytes are read as Latin-1.
    text = location.encode("latin-1", "replace").decode("utf-8", "replace").strip()
    text = _UNFIT.sub(lambda found: f"%{ord(found[0]):02X}", text[:8192])
    return parse(urljoin(str(base), text))
