"""Channel addresses: what is wrong with one, and what of it is secret."""

from __future__ import annotations

import pytest

from uptime.notify import validate_url
from uptime.notify.urls import scrub, secret_parts

GOOD = [
    "json://127.0.0.1:8080/hook",
    "jsons://user:pass@hook.example/x",
    "mailto://127.0.0.1:2525/?from=a@b.example&to=c@d.example&mode=insecure",
    "mailtos://user:pass@mail.example:587?from=a@b.example&to=c@d.example",
    "tgram://123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw12/-1001234567",
    "slack://TABCDEFGH/B12345678/abcdefghijklmnopqrstuvwx/%23general",
]
BAD = [
    "",
    "nonsense-CANARY",
    "://CANARY",
    "tgram://",
    "tgram://CANARY",
    "nosuchservice://CANARY/x",
    "mailto://user:CANARY@127.0.0.1?from=a@b.c",
    "json://127.0.0.1/CANARY path",
    "json://127.0.0.1/CANARY\nx",
    "discord://CANARY",
]


@pytest.mark.parametrize("url", GOOD)
def test_an_address_its_service_takes_is_fine(url: str) -> None:
    assert validate_url(url) is None


@pytest.mark.parametrize("url", BAD)
def test_an_address_its_service_refuses_is_explained_without_being_shown(
    url: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(1)
    problem = validate_url(url)
    assert problem
    assert "CANARY" not in problem + caplog.text + "".join(capfd.readouterr())


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        ("tgram://123456789:AAHtoken/-100777/", ["123456789", "AAHtoken", "-100777"]),
        ("mailtos://bob:hunter2@mail.example?to=x@y.example&pass=s3cret", ["hunter2", "s3cret"]),
        ("json://host.example/hook-TOKEN?-key=abcd%2Fef", ["hook-TOKEN", "abcd%2Fef", "abcd/ef"]),
        ("jsons://u:p%40ss@host.example", ["p%40ss", "p@ss"]),
    ],
)
def test_every_part_that_may_be_secret_is_masked(url: str, secrets: list[str]) -> None:
    text = f"error at {url}: " + " ".join(secrets)
    masked = scrub(text, secret_parts(url))
    assert not [secret for secret in secrets if secret in masked]


def test_the_host_of_a_webhook_or_mail_server_stays_readable() -> None:
    parts = secret_parts("json://host.example:8080/hook-TOKEN")
    assert (
        scrub("no connection to host.example:8080", parts) == "no connection to host.example:8080"
    )
