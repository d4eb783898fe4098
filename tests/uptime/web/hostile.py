"""Text that a target, a file or a person might hand us; every output must stay whole and inert."""

from __future__ import annotations

HOSTILE = {
    "html": "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "attribute": "\" onmouseover=alert(3) x='",
    "entity": "&lt;b&gt; ]]> <!-- --> <?xml ?>",
    "ansi": "\x1b[2J\x1b]52;c;Y2FuYXJ5\x07red",
    "c1": "\x9b31m\x90q\x9c",
    "bidi": "safe\u202egnp.exe\u2066",
    "nul": "a\x00b",
    "surrogate": b"\xff\xfe".decode(errors="surrogateescape") + "x",
    "lines": "one\ntwo\r\nthree\u2028four",
    "quotes": 'back\\slash "quoted" \\" end\\',
    "rich": "[/x][bold]{0.__class__}",
    "jinja": "{{ 7 * 7 }}{% raw %}",
    "csv": "=cmd|' /C calc'!A0",
    "header": "\r\nBcc: victim@example.com",
    "emoji": "Kantor 🏛️ Camat",
    "long": "k" * 10_000,
}
