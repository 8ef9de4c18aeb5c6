"""Brings the catalogues up to date with the words in the code: `python -m bot.locales.update`."""

import io
import sys
from collections.abc import Iterable
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

KEYWORDS = {"say": None, "plural": (1, 2)}
"""`say("…")` and `say.plural("…", "…", n)`, as Babel names what to look for."""

SOURCES = Path(__file__).parents[1]
FOLDER = Path(__file__).parent

_HEADER = """\
# The tutor's words. `make messages` keeps this file in step with the code.
msgid ""
msgstr ""
"Language: {locale}\\n"
"Plural-Forms: {plural_forms}\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""


def extract(sources: Path = SOURCES) -> Catalog:
    """Return a catalogue of all words in the Python files below `sources`, in a stable order."""
    catalogue = Catalog(charset="utf-8")
    for path in sorted(sources.rglob("*.py")):
        name = path.relative_to(sources.parent).as_posix()
        for line, message, _, _ in extract_from_file("python", path, keywords=KEYWORDS):
            catalogue.add(message, locations=[(name, line)])
    return catalogue


def merge(source: Catalog, translated: Catalog) -> Catalog:
    """Return the words of `source` with the translations that `translated` has for them."""
    merged = Catalog(locale=translated.locale, charset="utf-8")
    for message in words_of(source):
        known = translated.get(message.id)
        kept = known.string if known and known.pluralizable == message.pluralizable else None
        places = sorted({(name, None) for name, _ in message.locations})
        merged.add(message.id, kept or "", locations=places)
    return merged


def render(catalogue: Catalog) -> str:
    """Return the catalogue as a .po file, without dates and line numbers."""
    body = io.BytesIO()
    write_po(body, catalogue, width=100, omit_header=True, include_lineno=False)
    header = _HEADER.format(locale=catalogue.locale, plural_forms=catalogue.plural_forms)
    return header + body.getvalue().decode("utf-8").strip("\n") + "\n"


def words_of(catalogue: Catalog) -> list[Message]:
    """Return the messages of a catalogue without its header."""
    return [message for message in catalogue if message.id]


def untranslated(catalogue: Catalog) -> list[Message]:
    """Return the messages that have no translation, or lack a plural form."""
    return [message for message in words_of(catalogue) if not all(forms(message))]


def forms(message: Message) -> Iterable[str]:
    """Return the translations of a message: one, or one for each plural form."""
    return message.string if message.pluralizable else (message.string,)


def read(path: Path) -> Catalog:
    """Return the catalogue in the .po file at `path`, which is named after its language."""
    with path.open("rb") as file:
        return read_po(file, locale=path.stem, abort_invalid=True)


def main() -> None:
    source = extract()
    for path in sorted(FOLDER.glob("*.po")):
        catalogue = merge(source, read(path))
        path.write_text(render(catalogue), encoding="utf-8")
        missing, total = len(untranslated(catalogue)), len(words_of(catalogue))
        sys.stdout.write(f"{path.name}: {total - missing} of {total} translated\n")


if __name__ == "__main__":
    main()
