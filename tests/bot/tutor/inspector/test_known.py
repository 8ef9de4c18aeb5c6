from bot.tutor.inspector.known import Known, after_run
from tests.bot.tutor.inspector.reports import seen
from tests.doubles.fake_runner import result, tensor

FIRST, SECOND = seen(tensor("a")), seen(tensor("b"))


def test_each_run_makes_the_report_before_it_the_earlier_one() -> None:
    known = after_run(after_run(None, result(), FIRST), result(), SECOND)
    assert known == Known(SECOND, FIRST)


def test_a_killed_run_leaves_the_variables_as_they_were_and_nothing_new_about_them() -> None:
    known = after_run(Known(SECOND, FIRST), result("timeout", restored=True), None)
    assert known is not None
    assert known.now.tensors[0].name == "b"
    assert known.now.changes == 0


def test_a_killed_run_on_the_state_before_the_latest_cell_leaves_that_state() -> None:
    killed = result("timeout", restored=True, rewound=True)
    known = after_run(Known(SECOND, FIRST), killed, None)
    assert known is not None
    assert known.now.tensors[0].name == "a"
    assert after_run(known, result(rewound=True), SECOND) == Known(SECOND, known.now)


def test_a_run_on_the_state_before_the_latest_cell_takes_its_place() -> None:
    third = seen(tensor("c"))
    assert after_run(Known(SECOND, FIRST), result(rewound=True), third) == Known(third, FIRST)


def test_what_is_gone_or_not_reported_is_not_made_up() -> None:
    assert after_run(Known(SECOND, FIRST), result("killed", alive=False), None) is None
    assert after_run(Known(SECOND, FIRST), result(), None) is None
    assert after_run(None, result("timeout", restored=True), None) is None
