"""Puts names and descriptions of commands into the languages that the tutor speaks."""

from typing import Any

from discord import Locale, app_commands

from bot.tutor.ports import Wordings


class CatalogueTranslator(app_commands.Translator):
    """Translates by the tutor's own catalogues; English is what the commands are written in."""

    def __init__(self, wordings: Wordings) -> None:
        self._wordings = wordings

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: Locale,
        context: app_commands.TranslationContext[Any, Any],  # noqa: ARG002  (the library's signature)
    ) -> str | None:
        """Return `string` in the language of `locale`, None where that is as it stands."""
        language = locale.value.partition("-")[0]
        if language not in self._wordings.locales:
            return None
        said = self._wordings.in_locale(language)(string.message)
        return said if said != string.message else None
