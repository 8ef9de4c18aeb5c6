"""The tutor's own words in every interface language; the English text in the code is the source."""

from bot.locales.catalogues import Catalogues, Words, load_catalogues

__all__ = ["Catalogues", "Words", "load_catalogues"]
