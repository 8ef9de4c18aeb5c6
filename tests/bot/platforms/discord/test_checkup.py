"""The permissions that the tutor is invited with, and the page that tells people of them."""

from pathlib import Path

from bot.locales import load_catalogues
from bot.platforms.discord.checkup import NEEDED, SCOPES, invite_url, permissions

DEPLOYING = Path(__file__).parents[4] / "docs" / "deploying.md"


def test_the_documented_invite_is_the_one_that_is_checked_for() -> None:
    text = DEPLOYING.read_text(encoding="utf-8")
    assert f"`{permissions().value}`" in text
    assert f"permissions={permissions().value}" in text
    assert all(scope in text for scope in SCOPES)
    for line in NEEDED.values():
        assert line.partition(":")[0] in text


def test_the_address_has_scopes_and_permissions() -> None:
    url = invite_url(123)
    assert "client_id=123" in url
    assert f"permissions={permissions().value}" in url
    assert "scope=bot+applications.commands" in url


def test_every_permission_is_explained_in_korean_too() -> None:
    say = load_catalogues().in_locale("ko")
    assert all(say(text) != text for text in NEEDED.values())
