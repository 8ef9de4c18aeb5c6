from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot.curriculum import LoadedCurriculum
from bot.storage.sqlite import SqliteStore
from bot.storage.writer import Operation
from bot.tutor.lesson import SingleQuestion
from bot.tutor.ports import GradingUnavailable
from bot.tutor.reply import Choice, Ref
from bot.tutor.rounds import PUBLIC
from bot.tutor.turn import Services
from bot.tutor.tutor import Tutor
from sandbox.wire import Evaluation, Exports
from tests.doubles.fake_runner import FakeRunner
from tests.doubles.inprocess import InProcess
from tests.doubles.visitor import Background, Visitor

RIGHT = "`torch.rand(5, 5)`"
WRONG = "`torch.randn(5, 5)`"


async def at_question(ada: Visitor, question: str) -> str:
    return await ada.sends(Ref("go", ("every-question", "q", question)))


def kept(ada: Visitor) -> Choice:
    (choice,) = [action for action in ada.seen.actions if isinstance(action, Choice)]
    return choice


async def test_a_right_answer_says_why_and_leads_on(ada: Visitor) -> None:
    await ada.says("quiz")
    shown = await ada.presses(RIGHT)
    assert shown.startswith("Right!")
    assert "uniform" in shown
    assert "Question 2 of 3" in await ada.presses("Next")


async def test_a_wrong_pick_hears_about_itself_and_can_try_again(ada: Visitor) -> None:
    await ada.says("quiz")
    shown = await ada.presses(WRONG)
    assert shown.startswith("Not yet.")
    assert "`randn`" in shown
    assert RIGHT not in shown.splitlines()
    assert {"Hint", "Skip"} < set(ada.labels)
    assert (await ada.presses(RIGHT)).startswith("Right!")


async def test_options_are_shuffled_for_each_learner_and_stay_as_they_are(tutor: Tutor) -> None:
    orders = set()
    for name in ("ada", "ben", "cem", "dan", "eva"):
        visitor = Visitor(tutor, name)
        await visitor.says("quiz")
        first = [label for label, _ in kept(visitor).options]
        await visitor.says("quiz")
        assert [label for label, _ in kept(visitor).options] == first
        orders.add(tuple(first))
    assert len(orders) > 1


async def test_every_answer_is_kept(ada: Visitor, store: SqliteStore) -> None:
    await ada.says("quiz")
    await ada.presses(WRONG)
    await ada.presses(RIGHT)
    answers = await store.answers(1, "tensors-101")
    assert [(one.given, one.correct, one.points, one.rev) for one in answers] == [
        ("randn", False, 0, 1),
        ("rand", True, 1, 1),
    ]


async def test_quiz_goes_on_at_the_first_open_question(ada: Visitor) -> None:
    await ada.says("quiz")
    await ada.presses(RIGHT)
    assert "Question 2 of 3" in await ada.says("quiz", "tensors-101")


async def test_quiz_says_when_none_is_open(ada: Visitor) -> None:
    await ada.says("quiz")
    for _ in range(3):
        await ada.presses("Skip")
    assert "No question of this lesson is open" in await ada.says("quiz", "1")
    assert "Question 1 of 3" in await ada.presses("Look at them again")


async def test_an_answer_to_a_solved_question_changes_nothing(
    ada: Visitor, store: SqliteStore
) -> None:
    await ada.says("quiz")
    old = dict(kept(ada).options)
    await ada.presses(RIGHT)
    assert "You have solved this one." in await ada.sends(old[WRONG])
    assert len(await store.answers(1, "tensors-101")) == 1


async def test_a_question_of_an_older_lesson_is_asked_again(
    ada: Visitor, services: Services, store: SqliteStore, curriculum: LoadedCurriculum
) -> None:
    await ada.says("quiz")
    old = dict(kept(ada).options)[RIGHT]
    first, *files = curriculum.files
    newer = replace(first, lesson=first.lesson.model_copy(update={"rev": 2}))
    ada = Visitor(Tutor(replace(services, curriculum=LoadedCurriculum([newer, *files]))))
    assert "Here is the question again" in await ada.sends(old)
    assert not await store.answers(1, "tensors-101")
    assert (await ada.presses(RIGHT)).startswith("Right!")


@pytest.mark.parametrize(
    "args",
    [
        ("tensors-101", "1", "uniform", "rand"),
        ("nowhere", "1", "uniform-random", "rand"),
        ("every-question", "3", "how-many", "12288"),
        ("every-question", "3", "one-of-many"),
    ],
)
async def test_an_answer_that_fits_nothing_is_never_marked(
    ada: Visitor, store: SqliteStore, args: tuple[str, ...]
) -> None:
    assert "no longer there" in await ada.sends(Ref("answer", args))
    assert not await store.answers(1, "every-question")


async def test_an_option_that_does_not_exist_is_not_an_answer(
    ada: Visitor, store: SqliteStore
) -> None:
    shown = await ada.sends(Ref("answer", ("every-question", "3", "one-of-many", "cube")))
    assert shown.startswith("One of those is not among the options. Pick again.")
    assert not await store.answers(1, "every-question")


async def test_a_hint_is_only_recommended_while_there_is_one(
    services: Services, curriculum: LoadedCurriculum
) -> None:
    first, *files = curriculum.files
    question, *others = first.lesson.questions
    assert isinstance(question, SingleQuestion)
    silent = {name: one.model_copy(update={"say": None}) for name, one in question.options.items()}
    changed = question.model_copy(update={"options": silent})
    lesson = first.lesson.model_copy(update={"questions": (changed, *others)})
    loaded = LoadedCurriculum([replace(first, lesson=lesson), *files])
    ada = Visitor(Tutor(replace(services, curriculum=loaded)))
    await ada.says("quiz")
    assert "take a hint, and try again" in await ada.presses(WRONG)
    for _ in question.hints:
        await ada.says("hint")
    await ada.says("quiz")
    shown = await ada.presses(WRONG)
    assert shown.startswith("Not yet. Look at the question once more, and try again.")


async def test_what_code_lacks_is_told_in_words(ada: Visitor) -> None:
    await at_question(ada, "write-code")
    shown = await ada.fills("Answer", "scaled = X + shift")
    assert "- ✗ prints what it should · nothing was printed" in shown.splitlines()
    assert "- ✗ uses `*`" in shown.splitlines()


async def test_several_options_are_picked_at_once(ada: Visitor, store: SqliteStore) -> None:
    await at_question(ada, "some-of-many")
    assert kept(ada).many
    assert "Part of it is right" in await ada.presses("`A.view(-1)`")
    shown = await ada.presses("`A.view(-1)`", "`A[0]`", "`A.clone()`")
    assert "`clone` copies" in shown
    assert (await ada.presses("`A[0]`", "`A.view(-1)`")).startswith("Right!")
    assert [one.points for one in await store.answers(1, "every-question")] == [0.5, 0.5, 1.0]


async def test_a_number_is_typed(ada: Visitor) -> None:
    await at_question(ada, "how-many")
    assert "could not be read as a number" in await ada.fills("Answer", "many")
    assert "You added the sizes" in await ada.fills("Answer", "71")
    shown = await ada.fills("Answer", "12288")
    assert shown.startswith("Right!")
    assert "4×3×32×32 = 12288" in shown


async def test_a_word_is_typed(ada: Visitor) -> None:
    await at_question(ada, "which-word")
    assert "one letter more" in await ada.fills("Answer", "type")
    assert (await ada.fills("Answer", " .DType ")).startswith("Right!")


async def test_a_prediction_is_compared_with_what_the_code_prints(
    ada: Visitor, background: Background, runner: FakeRunner
) -> None:
    assert "A = torch.arange(6)" in await at_question(ada, "what-prints")
    await background.do()
    assert "That is row 0" in await ada.fills("Answer", "[0, 1, 2]")
    assert (await ada.fills("Answer", "[3,4,5]\n")).startswith("Right!")


async def test_an_order_is_typed_by_the_letters_on_screen(ada: Visitor) -> None:
    shown = await at_question(ada, "in-order")
    letters = {
        line.partition("** ")[2]: line[4] for line in shown.splitlines() if line.startswith("- **")
    }
    right = [
        letters[text]
        for text in ("`loss = f(w)`", "`w.grad = None`", "`loss.backward()`", "`w -= 0.1 * w.grad`")
    ]
    assert "Name every letter once" in await ada.fills("Answer", "a b")
    shown = await ada.fills("Answer", "".join(reversed(right)))
    assert "This comes too early" in shown
    assert (await ada.fills("Answer", " ".join(right).upper())).startswith("Right!")


async def test_an_order_may_name_the_items_themselves(ada: Visitor) -> None:
    await at_question(ada, "in-order")
    assert "Right!" in await ada.fills("Answer", "clear, forward, backward, update")


SLOW = "scaled = X * scale"
SCALED = "scaled = X * scale + shift\nprint((labels == 0).sum().item())"


async def test_code_is_an_answer_too(ada: Visitor, store: SqliteStore) -> None:
    shown = await at_question(ada, "write-code")
    assert "X: [4, 3] float32" in shown
    assert "scaled = X" in shown
    assert "`shift` is missing" in await ada.fills("Answer", SCALED.replace(" + shift", ""))
    shown = await ada.fills("Answer", SCALED)
    assert shown.startswith("Solved!")
    assert "Points: 4 of 4" in shown
    assert "`shift` is added to every row" in shown
    assert [one.correct for one in await store.answers(1, "every-question")] == [False, True]


async def test_posted_code_answers_a_code_question_by_submit(ada: Visitor) -> None:
    await at_question(ada, "write-code")
    await ada.posts(SCALED)
    assert (await ada.presses("Submit")).startswith("Solved!")


async def test_a_submission_that_costs_nothing_uses_up_its_hidden_inputs_all_the_same(
    ada: Visitor, runner: FakeRunner, store: SqliteStore
) -> None:
    await at_question(ada, "write-code")
    honest, met = InProcess(), list[str]()

    async def evaluate(learner: int, jobs: Mapping[str, Evaluation]) -> Mapping[str, Exports]:
        exports = await honest(learner, jobs)
        own = {name for name, job in jobs.items() if job.cells == (SLOW,)}
        met.extend(repr(jobs[name].given) for name in own if name != PUBLIC)
        late = Exports("timeout", {}, {}, None, None, False, "", 0.1)
        return {name: late if name in own else one for name, one in exports.items()}

    runner._evaluate = evaluate
    for _ in range(3):
        assert "did not finish in time" in await ada.fills("Answer", SLOW)
    attempts = await store.attempts(1, "every-question")
    assert [(one.number, one.outcome) for one in attempts] == [(n, "timeout") for n in (1, 2, 3)]
    assert await store.answers(1, "every-question") == ()
    assert len(met) == 6
    assert len(set(met)) == 6, "nobody meets the same hidden inputs twice"


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("code", [SCALED, SCALED.replace(" + shift", "")])
async def test_killed_after_its_first_write_a_submission_has_kept_attempt_and_answer(
    ada: Visitor, store: SqliteStore, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    await at_question(ada, "write-code")
    write = store._database.do

    async def write_and_die(operation: Operation[Any]) -> None:
        await write(operation)
        raise Killed

    monkeypatch.setattr(store._database, "do", write_and_die)
    with pytest.raises(Killed):
        await ada.fills("Answer", code)
    (attempt,) = await store.attempts(1, "every-question")
    (answer,) = await store.answers(1, "every-question")
    assert (attempt.code, attempt.points) == (answer.given, answer.points)
    assert (attempt.outcome == "passed") is answer.correct


async def test_an_answer_button_works_after_a_restart_and_in_its_language(tutor: Tutor) -> None:
    korean = Visitor(tutor, "minji", locale="ko")
    await korean.sends(Ref("go", ("every-question", "q", "how-many")))
    (ref, *_) = [action.ref for action in korean.seen.actions if not isinstance(action, Choice)]  # type: ignore[union-attr]
    assert ref == Ref("type", ("every-question", "3", "how-many", "ko"))
    assert tutor.form_for(ref) is not None


@pytest.mark.parametrize(
    "args", [(), ("every-question",), ("every-question", "3", "gone", "en"), ("a", "b", "c", "d")]
)
def test_a_foreign_answer_button_opens_no_form(tutor: Tutor, args: tuple[str, ...]) -> None:
    assert tutor.form_for(Ref("type", args)) is None


async def test_where_no_form_opened_the_question_is_shown(ada: Visitor) -> None:
    ref = Ref("type", ("every-question", "3", "how-many", "en"))
    assert "Question 3 of 7" in await ada.sends(ref)


async def test_without_a_sandbox_a_prediction_is_not_marked(
    ada: Visitor, runner: FakeRunner, store: SqliteStore
) -> None:
    async def unavailable(*_: object) -> dict[str, object]:
        raise GradingUnavailable("down")

    runner._evaluate = unavailable  # type: ignore[assignment]
    await at_question(ada, "what-prints")
    assert "not your doing" in await ada.fills("Answer", "[3, 4, 5]")
    assert not await store.answers(1, "every-question")


# Help -------------------------------------------------------------------------------------------


async def test_hints_come_one_at_a_time_and_stay_readable(ada: Visitor) -> None:
    await at_question(ada, "some-of-many")
    assert "Hint 1 of 1" in await ada.presses("Hint")
    assert "Change one and look at the other" in ada.text
    assert "Hint" not in ada.labels
    assert "You have seen every hint" in await ada.says("hint")


async def test_the_solution_opens_with_the_last_hint(ada: Visitor) -> None:
    await at_question(ada, "some-of-many")
    assert "The solution opens after 3 more attempts, or with the last hint" in await ada.says(
        "solution"
    )
    await ada.says("hint")
    shown = await ada.presses("Show the solution")
    assert "- `A.view(-1)`\n- `A[0]`" in shown


async def test_the_solution_opens_after_three_tries(ada: Visitor) -> None:
    await at_question(ada, "how-many")
    for guess in ("1", "2"):
        await ada.fills("Answer", guess)
    assert "opens after 1 more attempt, or when you skip" in await ada.says("solution")
    await ada.presses("Back to the task")
    await ada.fills("Answer", "3")
    assert "The answer is `12288`" in await ada.presses("Show the solution")


async def test_after_its_solution_was_shown_an_answer_counts_without_points(
    ada: Visitor, store: SqliteStore
) -> None:
    await at_question(ada, "how-many")
    await ada.presses("Skip")
    await ada.presses("Solution of the skipped one")
    await ada.presses("Back to the task")
    assert (await ada.fills("Answer", "12288")).startswith("Right!")
    (answer,) = await store.answers(1, "every-question")
    assert (answer.correct, answer.points) == (True, 0)


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("one-of-many", "- `torch.zeros(2, 3)`"),
        ("how-many", "The answer is `12288`"),
        ("which-word", "The answer is `dtype`"),
        ("what-prints", "[3, 4, 5]"),
        ("in-order", "- `loss = f(w)`\n- `w.grad = None`\n- `loss.backward()`"),
        ("write-code", "scaled = X * scale + shift"),
    ],
)
async def test_every_kind_of_question_has_its_solution_after_a_skip(
    ada: Visitor, question: str, shown: str
) -> None:
    await at_question(ada, question)
    await ada.presses("Skip")
    assert shown in await ada.presses("Solution of the skipped one")


async def test_hint_skip_and_solution_belong_to_exercises(ada: Visitor) -> None:
    await ada.says("learn")
    for verb in ("hint", "solution", "skip"):
        assert "belongs to questions and steps" in await ada.says(verb)


async def test_skip_moves_on_and_is_told_apart_from_solved(
    ada: Visitor, store: SqliteStore
) -> None:
    await ada.says("quiz")
    assert "Question 2 of 3" in await ada.presses("Skip")
    assert [note.kind for note in await store.notes(1, "tensors-101")] == ["skip"]
    shown = await ada.says("back")
    assert "You skipped this one. You can still solve it." in shown
    assert (await ada.presses(RIGHT)).startswith("Right!")
