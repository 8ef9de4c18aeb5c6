"""The rules for one lesson that its model cannot state: languages, feedback, and sources that fit."""

from collections.abc import Iterator

from bot.curriculum.graded_rules import (
    Problem,
    code_problems,
    given_problems,
    graded_problems,
    name_problems,
)
from bot.curriculum.texts import texts_of
from bot.tutor.lesson import (
    SOURCE,
    CodeQuestion,
    Lesson,
    LocalText,
    MultiQuestion,
    NumericQuestion,
    OrderQuestion,
    PredictQuestion,
    Question,
    SingleQuestion,
    TextQuestion,
)
from bot.yaml_source import KeyPath


def lesson_problems(lesson: Lesson) -> Iterator[Problem]:
    """Yield everything that is wrong with a lesson that its model accepts."""
    yield from _language_problems(lesson)
    for index, section in enumerate(lesson.sections):
        if section.run:
            path: KeyPath = ("sections", index, "run")
            yield from code_problems(section.run.code, (*path, "code"))
            named = enumerate(section.run.inspect)
            yield from name_problems((name, (*path, "inspect", place)) for place, name in named)
    for index, question in enumerate(lesson.questions):
        yield from _question_problems(question, ("questions", index))
    if lesson.challenge:
        given = lesson.challenge.given
        yield from given_problems(given, ("challenge", "given"))
        for index, step in enumerate(lesson.challenge.steps):
            yield from graded_problems(step, given, ("challenge", "steps", index))


# Languages --------------------------------------------------------------------------------------


def _language_problems(lesson: Lesson) -> Iterator[Problem]:
    for index, locale in enumerate(lesson.locales):
        if locale in lesson.locales[:index]:
            yield ("locales", index), f"`{locale}` is listed twice; remove one of the two"
    for path, text in texts_of(lesson):
        yield from _text_problems(text, lesson.locales, path)


def _text_problems(text: LocalText, declared: tuple[str, ...], path: KeyPath) -> Iterator[Problem]:
    for locale, words in text.by_locale.items():
        if not words.strip():
            yield path if locale == SOURCE else (*path, locale), "is empty; write some text"
        if locale not in (SOURCE, *declared):
            yield (
                (*path, locale),
                f"`{locale}` is not in `locales`; add it there or remove this text",
            )
    missing = [locale for locale in declared if locale not in text.by_locale]
    if missing and SOURCE not in text.by_locale:
        listed = ", ".join(f"`{locale}`" for locale in missing)
        yield path, f"the text in {listed} is missing; add `{missing[0]}: …` beside the others"


# Questions --------------------------------------------------------------------------------------


def _question_problems(question: Question, path: KeyPath) -> Iterator[Problem]:
    match question:
        case SingleQuestion() | MultiQuestion():
            yield from _mute_options(question, path)
        case NumericQuestion(wrong=wrong):
            turned = [n for n, one in enumerate(wrong) if one.range and one.range[0] > one.range[1]]
            for index in turned:
                what = "the range is empty; write the smaller number first"
                yield (*path, "wrong", index, "range"), what
        case PredictQuestion(code=code):
            yield from code_problems(code, (*path, "code"))
        case CodeQuestion(given=given):
            yield from given_problems(given, (*path, "given"))
            yield from graded_problems(question, given, path)
        case TextQuestion() | OrderQuestion():
            pass


def _mute_options(question: SingleQuestion | MultiQuestion, path: KeyPath) -> Iterator[Problem]:
    for name, option in question.options.items():
        if not option.correct and option.say is None:
            what = "`say` is missing; tell whoever picks this wrong option why it is not it"
            yield (*path, "options", name), what
