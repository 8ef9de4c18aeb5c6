import pytest

from bot.curriculum import LoadedCurriculum
from bot.tutor.lesson import SingleQuestion
from bot.tutor.polls.asked import (
    EMOJIS,
    Unusable,
    as_json,
    from_json,
    of_lesson,
    of_teacher,
    reconciled,
)


def single(curriculum: LoadedCurriculum, name: str) -> SingleQuestion:
    lesson = curriculum.lesson("tensors-101")
    assert lesson is not None
    (found,) = [one for one in lesson.questions if one.id == name]
    assert isinstance(found, SingleQuestion)
    return found


def test_the_right_option_is_marked_and_the_others_are_not() -> None:
    asked = of_teacher("What is 6 × 7?", "41\n* 42\n\n43", "Count.")
    assert [(one.id, one.text, one.is_right) for one in asked.options] == [
        ("a", "41", False),
        ("b", "42", True),
        ("c", "43", False),
    ]
    assert (asked.ask, asked.explain) == ("What is 6 × 7?", "Count.")


def test_several_options_may_be_right_and_a_wide_star_marks_too() -> None:
    asked = of_teacher("?", "*1\n＊ 2\n3", "")
    assert [one.is_right for one in asked.options] == [True, True, False]


@pytest.mark.parametrize(
    ("ask", "options", "why"),
    [
        (" ", "*a\nb", "ask"),
        ("?", "*a", "few"),
        ("?", "*a\n*", "few"),
        ("?", "\n".join(["*a", *"bcdefghijk"]), "many"),
        ("?", "a\nb", "right"),
        ("?", "*a\na", "twice"),
    ],
)
def test_what_is_missing_is_named(ask: str, options: str, why: str) -> None:
    with pytest.raises(Unusable) as refused:
        of_teacher(ask, options, "")
    assert refused.value.why == why


def test_text_of_strangers_is_bounded_and_without_controls() -> None:
    asked = of_teacher("a\u202e\x1b[31m" + "b" * 9000, f"*{'x' * 900}\ny\x07", "z" * 9000)
    assert len(asked.ask) <= 1500
    assert "\u202e" not in asked.ask
    assert "\x1b" not in asked.ask
    assert max(len(one.text) for one in asked.options) <= 200
    assert len(asked.explain) <= 1500


def test_a_question_is_kept_as_it_was_asked() -> None:
    asked = of_teacher("Was ist “größer”?", "*`ß`\nç", "Weil.")
    assert from_json(as_json(asked)) == asked


def test_a_lessons_order_is_the_same_for_everybody_and_gives_nothing_away(
    curriculum: LoadedCurriculum,
) -> None:
    places = set()
    for lesson in curriculum.lessons:
        for question in lesson.questions:
            if isinstance(question, SingleQuestion):
                asked = of_lesson(lesson.id, question, "en")
                again = of_lesson(lesson.id, question, "ko")
                assert [one.id for one in asked.options] == [one.id for one in again.options]
                places.add([one.is_right for one in asked.options].index(True))
    assert len(places) > 1


def test_a_lessons_question_is_asked_in_the_language_of_the_server(
    curriculum: LoadedCurriculum,
) -> None:
    question = single(curriculum, "default-dtype")
    english, korean = (of_lesson("tensors-101", question, locale) for locale in ("en", "ko"))
    assert english.ask != korean.ask
    assert [one.say for one in english.options] != [one.say for one in korean.options]


def test_reactions_stand_for_options_by_their_letter() -> None:
    asked = of_teacher("?", "*one\ntwo", "")
    assert EMOJIS[:2] == ("🇦", "🇧")
    assert [asked.reacted(emoji) for emoji in ("🇦", "🇧", "🇨", "👍", "")] == [
        "a", "b", None, None, None
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kept", "there", "counts"),
    [
        ("a", ["a", "b"], "a"),
        ("a", ["b"], "b"),
        ("a", [], None),
        (None, ["c"], "c"),
        (None, ["b", "c"], "b"),
        ("a", ["b", "c"], "b"),
        (None, [], None),
    ],
)
def test_after_a_time_unseen_the_kept_vote_counts_while_it_is_there(
    kept: str | None, there: list[str], counts: str | None
) -> None:
    assert reconciled(kept, there) == counts
    assert reconciled(reconciled(kept, there), there) == counts
