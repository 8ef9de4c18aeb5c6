"""Every word of the tutor is there in every language, and filling in values is safe."""

import ast
import gettext
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.__main__ import LOCALES
from bot.config import Config
from bot.locales import Words, load_catalogues
from bot.locales.catalogues import FIELD
from bot.locales.update import FOLDER, SOURCES, extract, forms, merge, read, render, words_of
from bot.tutor.ports import Wording, Wordings
from bot.tutor.verbs import VERBS

PO_FILES = sorted(FOLDER.glob("*.po"))


def words(po: str) -> Words:
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(po.encode()), locale="pl"))
    compiled.seek(0)
    return Words("pl", gettext.GNUTranslations(compiled))


def fields(text: str) -> set[str]:
    return set(FIELD.findall(text))


# Filling in -------------------------------------------------------------------------------------


def test_values_are_filled_in() -> None:
    say = load_catalogues().in_locale("en")
    assert say("At {n} of {total}.", n=1, total="4") == "At 1 of 4."


@pytest.mark.parametrize("value", ["{n}", "{", "}", "{0.__class__}", "%s", "\\1", "\\g<0>"])
def test_a_value_is_only_ever_text(value: str) -> None:
    say = load_catalogues().in_locale("en")
    assert say("{name}, {n}", name=value, n=5) == f"{value}, 5"


@pytest.mark.parametrize(
    "text", ["{n.real}", "{n[0]}", "{n!r}", "{n:>9}", "{}", "{0}", "{ n }", "{{", "}"]
)
def test_values_are_never_reached_into(text: str) -> None:
    say = load_catalogues().in_locale("en")
    assert say(text, n=5) == text


def test_a_missing_value_is_an_error() -> None:
    say = load_catalogues().in_locale("en")
    with pytest.raises(LookupError, match="total"):
        say("At {n} of {total}.", n=1)


def test_english_has_two_plural_forms() -> None:
    say = load_catalogues().in_locale("en")
    assert say.plural("{n} try", "{n} tries", 1) == "1 try"
    assert say.plural("{n} try", "{n} tries", 0) == "0 tries"
    assert say.plural("{n} try at {what}", "{n} tries at {what}", 2, what="it") == "2 tries at it"


POLISH = """
msgid ""
msgstr ""
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);\\n"
"Content-Type: text/plain; charset=utf-8\\n"

msgid "Hello, {name}."
msgstr "Cześć, {name}."

msgid "{n} try"
msgid_plural "{n} tries"
msgstr[0] "{n} próba"
msgstr[1] "{n} próby"
msgstr[2] "{n} prób"

msgid "Not yet."
msgstr ""
"""


def test_a_language_has_as_many_plural_forms_as_it_needs() -> None:
    say = words(POLISH)
    forms = [say.plural("{n} try", "{n} tries", number) for number in (1, 3, 5, 12, 22)]
    assert forms == ["1 próba", "3 próby", "5 prób", "12 prób", "22 próby"]


def test_what_is_not_translated_is_said_in_english() -> None:
    say = words(POLISH)
    assert say("Hello, {name}.", name="Ada") == "Cześć, Ada."
    assert say("Not yet.") == "Not yet."
    assert say("{n} unknown", n=1) == "1 unknown"
    assert say("") == ""


# Languages --------------------------------------------------------------------------------------


def test_english_comes_first_and_korean_is_there() -> None:
    catalogues = load_catalogues()
    assert catalogues.locales == ("en", "ko")
    assert {catalogues.in_locale(locale).locale for locale in ("en", "ko")} == {"en", "ko"}


def test_the_configuration_knows_the_same_languages() -> None:
    known = Config.model_json_schema()["properties"]["locale"]["enum"]
    assert tuple(known) == load_catalogues().locales


def test_the_command_line_knows_the_same_languages() -> None:
    assert load_catalogues().locales == LOCALES


@pytest.mark.parametrize(
    ("wanted", "best"),
    [
        (("ko",), "ko"),
        (("ko-KR",), "ko"),
        (("KO_kr",), "ko"),
        ((None, "fr", "ko"), "ko"),
        (("en-GB", "ko"), "en"),
        (("fr", None, ""), "en"),
        ((), "en"),
    ],
)
def test_the_first_wanted_language_there_is_is_best(
    wanted: tuple[str | None, ...], best: str
) -> None:
    assert load_catalogues().best(*wanted) == best


def test_catalogues_are_what_the_tutor_asks_for() -> None:
    catalogues: Wordings = load_catalogues()
    say: Wording = catalogues.in_locale("xx")
    assert say.locale == "en"


# The words in the code --------------------------------------------------------------------------

MARKED = ("verb.summary", "verb.argument", "what_for")
"""Words that are said where they are shown, and marked where they are written."""


@pytest.fixture(scope="module")
def source() -> Any:
    return extract()


def calls() -> Iterator[tuple[str, ast.Call, int]]:
    """Yield every `say(…)` and `say.plural(…)`, with how many of its arguments are words."""
    for path in sorted(SOURCES.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            place = f"{path.relative_to(SOURCES.parent)}:{node.lineno}"
            match node.func:
                case ast.Name(id="say") | ast.Attribute(attr="say"):
                    yield place, node, 1
                case ast.Attribute(
                    value=ast.Name(id="say") | ast.Attribute(attr="say"), attr="plural"
                ):
                    yield place, node, 2
                case _:
                    pass


def test_words_in_the_code_are_literal_so_that_they_can_be_found() -> None:
    for place, call, count in calls():
        for argument in call.args[:count]:
            literal = isinstance(argument, ast.Constant) and isinstance(argument.value, str)
            assert literal or ast.unparse(argument) in MARKED, (
                f"{place}: write the words themselves as the first argument of say"
            )


def test_words_that_are_said_elsewhere_are_marked(source: Any) -> None:
    for verb in VERBS:
        for text in filter(None, (verb.summary, verb.argument)):
            assert source.get(text), f"not marked: {text!r}"


def test_words_in_the_code_get_the_values_they_name() -> None:
    for place, call, count in calls():
        given = {keyword.arg for keyword in call.keywords} | ({"n"} if count == 2 else set())
        texts = [one.value for one in call.args[:count] if isinstance(one, ast.Constant)]
        named = set().union(*(fields(str(text)) for text in texts))
        if None not in given:  # **values cannot be looked into
            assert named <= given, f"{place}: no value for {sorted(named - given)}"


def test_braces_in_the_words_are_plain_fields(source: Any) -> None:
    for message in words_of(source):
        for text in message.id if message.pluralizable else (message.id,):
            rest = FIELD.sub("", text)
            assert "{" not in rest, f"only {{name}} can be filled in: {text!r}"
            assert "}" not in rest, f"only {{name}} can be filled in: {text!r}"


@pytest.mark.parametrize("path", PO_FILES, ids=lambda path: path.stem)
def test_every_word_is_translated(path: Path, source: Any) -> None:
    catalogue = read(path)
    missing = [
        f"untranslated: {message.id!r} ({message.locations[0][0]})"
        for message in words_of(source)
        if not (known := catalogue.get(message.id)) or not all(forms(known)) or known.fuzzy
    ]
    if missing:
        what = f"run `make messages`, then fill in bot/locales/{path.name}"
        pytest.fail("\n".join([what, *missing]), pytrace=False)


@pytest.mark.parametrize("path", PO_FILES, ids=lambda path: path.stem)
def test_no_catalogue_has_words_that_the_code_does_not_say(path: Path, source: Any) -> None:
    obsolete = [
        f"obsolete: {message.id!r}"
        for message in words_of(read(path))
        if source.get(message.id) is None
    ]
    if obsolete:
        pytest.fail("\n".join(["run `make messages`", *obsolete]), pytrace=False)


@pytest.mark.parametrize("path", PO_FILES, ids=lambda path: path.stem)
def test_translations_have_the_fields_of_the_english(path: Path) -> None:
    for message in words_of(read(path)):
        english = message.id if message.pluralizable else (message.id,)
        for form in filter(None, forms(message)):
            assert fields(form) == fields(english[-1]), (
                f"{path.name}: fields differ: {message.id!r}"
            )


@pytest.mark.parametrize("path", PO_FILES, ids=lambda path: path.stem)
def test_updating_a_catalogue_twice_changes_nothing(path: Path, source: Any) -> None:
    once = merge(source, read(path))
    assert render(merge(source, once)) == render(once)


def test_updating_keeps_translations_and_drops_what_is_gone(tmp_path: Path) -> None:
    package = tmp_path / "bot"
    package.mkdir()
    (package / "talk.py").write_text(
        'say("Hi.")\nsay.plural("{n} try", "{n} tries", 3)\nsay("New.")\n'
    )
    po = tmp_path / "ko.po"
    po.write_text(
        render(merge(extract(package), read(PO_FILES[0])))
        .replace('msgid "Hi."\nmsgstr ""', 'msgid "Hi."\nmsgstr "안녕."')
        .replace('msgstr[0] ""', 'msgstr[0] "{n}번"'),
        encoding="utf-8",
    )
    (package / "talk.py").write_text(
        'x = 1\nsay("Other.")\nsay.plural("{n} try", "{n} tries", 3)\nsay("Hi.")\n'
    )
    text = render(merge(extract(package), read(po)))
    assert text == (
        "# The tutor's words. `make messages` keeps this file in step with the code.\n"
        'msgid ""\nmsgstr ""\n"Language: ko\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n\n'
        '#: bot/talk.py\nmsgid "Other."\nmsgstr ""\n\n'
        '#: bot/talk.py\n#, python-brace-format\nmsgid "{n} try"\nmsgid_plural "{n} tries"\n'
        'msgstr[0] "{n}번"\n\n'
        '#: bot/talk.py\nmsgid "Hi."\nmsgstr "안녕."\n'
    )
