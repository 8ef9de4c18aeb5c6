"""How far apart edits are, and the more so the more goes on."""

from bot.platforms.discord.pace import Pace


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_what_goes_on_waits_its_turn() -> None:
    clock = Clock()
    pace = Pace(clock, interval=1.0)
    pace.sent("run:1", 7, settled=False)
    assert pace.delay("run:1", settled=False) == 1.0
    assert pace.delay("run:1", settled=True) == 0.0
    assert pace.delay("run:2", settled=False) == 0.0
    clock.now += 0.75
    assert pace.delay("run:1", settled=False) == 0.25


def test_ends_do_not_come_faster_than_the_pace_for_long() -> None:
    clock = Clock()
    pace = Pace(clock, interval=1.0)
    sent = 0
    for _ in range(100):  # ten seconds
        if not pace.delay("run:1", settled=True):
            pace.sent("run:1", 7, settled=True)
            sent += 1
        clock.now += 0.1
    assert sent <= 12


def test_many_in_one_channel_share_what_it_takes() -> None:
    pace = Pace(Clock(), interval=1.0)
    for number in range(5):
        pace.sent(f"run:{number}", 7, settled=False)
    assert pace.delay("run:4", settled=False) == 5.0
    pace.sent("run:9", 8, settled=False)
    assert pace.delay("run:9", settled=False) == 1.0


def test_very_many_share_what_the_bot_may_send() -> None:
    pace = Pace(Clock(), interval=1.0, most_a_second=20)
    for number in range(200):
        pace.sent(f"run:{number}", number, settled=False)
    assert round(pace.delay("run:199", settled=False), 3) == 10.0


def test_what_has_come_to_its_end_slows_nobody_down() -> None:
    pace = Pace(Clock(), interval=1.0)
    for number in range(5):
        pace.sent(f"run:{number}", 7, settled=False)
        pace.sent(f"run:{number}", 7, settled=True)
    pace.sent("run:9", 7, settled=False)
    assert pace.delay("run:9", settled=False) == 1.0


def test_what_is_long_over_is_forgotten() -> None:
    clock = Clock()
    pace = Pace(clock, interval=1.0)
    for number in range(3000):
        pace.sent(f"run:{number}", number, settled=True)
        clock.now += 1.0
    assert len(pace._next) < 1100
