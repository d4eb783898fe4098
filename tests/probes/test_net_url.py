"""Web addresses: ours and the ones we are sent to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.base import safe_text
from probes.net.url import Url, follow, parse


@pytest.mark.parametrize(
    ("text", "url", "authority"),
    [
        ("http://a.example", Url("http", "a.example", 80, "/"), "a.example"),
        ("HTTPS://A.Example:443/", Url("https", "a.example", 443, "/"), "a.example"),
        ("http://a.example:81/x?y=z#w", Url("http", "a.example", 81, "/x?y=z"), "a.example:81"),
        ("http://[::1]:80/", Url("http", "::1", 80, "/"), "[::1]"),
        ("http://[fe80::1%25lo]:81/", Url("http", "fe80::1%lo", 81, "/"), "[fe80::1]:81"),
        ("http://münchen.example/ä", Url("http", "xn--mnchen-3ya.example", 80, "/%C3%A4"), None),
        ("http://a.example/%20?q=a%26b", Url("http", "a.example", 80, "/%20?q=a%26b"), "a.example"),
        ("http://a.example.?q", Url("http", "a.example", 80, "/?q"), "a.example"),
    ],
)  # fmt: skip
def test_a_url_is_taken_apart(text: str, url: Url, authority: str | None) -> None:
    assert parse(text) == url
    if authority is not None:
        assert parse(text).authority == authority


@pytest.mark.parametrize(
    ("location", "leads_to"),
    [
        ("/b", "http://a.example/b"),
        ("b?c", "http://a.example/x/b?c"),
        ("//b.example/", "http://b.example/"),
        ("https://b.example", "https://b.example/"),
        ("?c", "http://a.example/x/y?c"),
        (" /a b ", "http://a.example/a%20b"),
        ("/\xc3\xa4", "http://a.example/%C3%A4"),
        ("/a\tb", "http://a.example/a%09b"),
    ],
)
def test_a_location_leads_somewhere(location: str, leads_to: str) -> None:
    assert str(follow(parse("http://a.example/x/y"), location)) == leads_to


@given(st.text(alphabet=st.characters(max_codepoint=255), max_size=60))
def test_any_location_leads_somewhere_or_says_no(location: str) -> None:
    """And what goes on the wire is one line of ASCII."""
    try:
        url = follow(parse("http://a.example/"), location)
    except ValueError:
        return
    line = f"{url.path} {url.authority}"
    assert line.isascii()
    assert line.isprintable()
    assert url.path.startswith("/")
    assert " " not in url.path + url.authority


@given(st.text(max_size=60))
def test_any_text_is_a_url_or_says_what_to_write(text: str) -> None:
    try:
        parse("http://" + text)
    except ValueError as error:
        said = str(error)
    else:
        return
    assert safe_text(said, 500) == said
