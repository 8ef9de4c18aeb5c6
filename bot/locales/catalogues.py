"""Loads the gettext catalogues beside it and fills translated sentences with values."""

import gettext
import io
import re
from collections.abc import Mapping
from importlib import resources

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE_LOCALE = "en"
"""The language the code is written in: it needs no catalogue."""

FIELD = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
"""A place for a value. Any other brace stands for itself."""


class Words:
    """A `Wording` (bot.tutor.ports): the tutor's words in one language."""

    def __init__(self, locale: str, translations: gettext.NullTranslations) -> None:
        self.locale = locale
        self._translations = translations

    def __call__(self, message: str, /, **values: object) -> str:
        """Return `message` in this language with its fields filled in; LookupError without a value."""
        if not message:
            return ""  # to gettext, the empty text is the catalogue's header
        return _filled(self._translations.gettext(message), values)

    def plural(self, one: str, many: str, number: int, /, **values: object) -> str:
        """Return the form for `number`, which also fills `{n}`; LookupError without a value."""
        form = self._translations.ngettext(one, many, number)
        return _filled(form, {"n": number, **values})


def _filled(message: str, values: Mapping[str, object]) -> str:
    # Not str.format: that would reach into values ("{n.__class__}"). One pass, so that braces in a
    # value are only ever text.
    return FIELD.sub(lambda field: str(values[field[1]]), message)


class Catalogues:
    """All `Wordings` (bot.tutor.ports), English first."""

    def __init__(self, words: Mapping[str, Words]) -> None:
        self._words = dict(words)

    @property
    def locales(self) -> tuple[str, ...]:
        return tuple(self._words)

    def best(self, *wanted: str | None) -> str:
        """Return the first wanted language there is, `ko-KR` counting as `ko`, else English."""
        for locale in wanted:
            language = re.split("[-_]", locale or "")[0].lower()
            if language in self._words:
                return language
        return SOURCE_LOCALE

    def in_locale(self, locale: str) -> Words:
        """Return the words of `locale`, English if there are none."""
        return self._words[self.best(locale)]


def load_catalogues() -> Catalogues:
    """Return every language that has a catalogue in this package, and English."""
    words = {SOURCE_LOCALE: Words(SOURCE_LOCALE, gettext.NullTranslations())}
    files = [file for file in resources.files("bot.locales").iterdir() if file.name.endswith(".po")]
    for file in sorted(files, key=lambda file: file.name):
        locale = file.name.removesuffix(".po")
        words[locale] = Words(locale, _translations(file.read_bytes(), locale))
    return Catalogues(words)


def _translations(po: bytes, locale: str) -> gettext.GNUTranslations:
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(po), locale=locale, abort_invalid=True))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
