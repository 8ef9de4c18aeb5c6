"""A lesson with graded code of every kind, for the tests of grading."""

from typing import Any

from bot.tutor.lesson import CodeQuestion, Lesson
from bot.tutor.task import Task, task_for_question, task_for_step

ROW: dict[str, Any] = {
    "id": "row",
    "ask": "Make `X_row`, a one-row matrix that holds `X`.",
    "starter": "X_row = X",
    "solutions": ["X_row = X.unsqueeze(0)", "X_row = X.view(1, -1)", "X_row = X[None]"],
    "checks": [
        {"var": "X_row", "shape": [1, "n"], "points": 1},
        {"var": "X_row", "equals": "X[None]", "points": 2},
    ],
    "misconceptions": [
        {"wrong": "X_row = X.unsqueeze(1)", "say": "column"},
        {"wrong": "X_row = X.T", "when": {"var": "X_row", "shape": ["n"]}, "say": "flat"},
        {"wrong": "X_row = X.reshape(1, 10)", "say": "fixed size"},
        {"wrong": "X_row = X[None] * 2", "say": "doubled"},
    ],
}
PRODUCT: dict[str, Any] = {
    "id": "product",
    "ask": "Store the matrix product of `X_row` and `W` in `output`.",
    "starter": "output = None",
    "solutions": ["output = X_row @ W", "output = torch.matmul(X_row, W)"],
    "checks": [
        {"var": "output", "shape": [1, 5], "dtype": "float32"},
        {"var": "output", "equals": "X_row @ W", "atol": 1e-5},
        {"avoids": ["for", "while"]},
    ],
    "misconceptions": [
        {"wrong": "output = X_row * W", "when": {"error": "must match the size"}, "say": "not *"},
        {"wrong": "output = X @ W", "say": "no row axis"},
        {
            "wrong": "output = torch.zeros(1, 5)\nfor i in range(n):\n    output += X[i] * W[i]",
            "say": "no loop needed",
        },
    ],
}
FLAT: dict[str, Any] = {
    "id": "flat",
    "ask": "Write `flat(t)`: every element of `t` in one row, row by row.",
    "starter": "def flat(t):\n    return t",
    "solutions": ["def flat(t):\n    return t.reshape(-1)", "def flat(t):\n    return t.flatten()"],
    "checks": [
        {
            "fn": "flat",
            "args": ["M"],
            "returns": {"shape": ["5*n"], "equals": "M.reshape(-1)"},
            "points": 2,
        },
        {"fn": "flat", "args": ["M.T"], "returns": {"equals": "M.T.reshape(-1)"}, "hidden": True},
    ],
    "misconceptions": [
        {
            "wrong": "def flat(t):\n    return t.view(-1)",
            "when": {"error": "view size is not compatible"},
            "say": "view never copies",
        },
        {"wrong": "def flat(t):\n    return t.T.reshape(-1)", "say": "column by column"},
    ],
}
SLOPE: dict[str, Any] = {
    "id": "slope",
    "type": "code",
    "ask": "Leave the slope of `(w ** 2).sum()` in `w.grad`.",
    "given": {"w": {"rand": [3], "requires_grad": True}},
    "starter": "loss = (w ** 2).sum()",
    "solutions": ["loss = (w ** 2).sum()\nloss.backward()"],
    "checks": [{"var": "w", "requires_grad": True, "grad": "2 * w.detach()"}],
    "misconceptions": [{"wrong": "w = w.detach()\nloss = (w ** 2).sum()", "say": "detached"}],
}


def lesson(*steps: dict[str, Any], questions: tuple[dict[str, Any], ...] = (SLOPE,)) -> Lesson:
    """Return a lesson whose challenge has these steps, or the usual three."""
    return Lesson.model_validate(
        {
            "schema": 1,
            "id": "graded",
            "rev": 1,
            "locales": ["en"],
            "title": "Graded",
            "sections": [{"id": "one", "body": "One."}],
            "questions": list(questions),
            "challenge": {
                "id": "rows",
                "given": {
                    "n": {"int": 10, "hidden": [3, 20]},
                    "X": {"rand": ["n"]},
                    "W": {"rand": ["n", 5]},
                    "M": {"rand": [5, "n"]},
                },
                "steps": list(steps) or [ROW, PRODUCT, FLAT],
            },
        }
    )


def step(name: str) -> Task:
    """Return the task of one of the usual steps."""
    return task_for_step(lesson(), name)


def only_step(**changes: Any) -> Task:
    """Return the task of the first step with some of its entries changed."""
    return task_for_step(lesson({**ROW, **changes}), "row")


def question(**changes: Any) -> Task:
    """Return the task of a question answered with code."""
    whole = lesson(questions=({**SLOPE, **changes},))
    (asked,) = whole.questions
    assert isinstance(asked, CodeQuestion)
    return task_for_question(whole, asked)
