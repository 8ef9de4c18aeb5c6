import pytest

from bot.tutor.straight import straightened


@pytest.mark.parametrize(
    ("bent", "straight"),
    [
        ("print(“hi”)", 'print("hi")'),
        ("print(‘hi’)", "print('hi')"),
        ("x\u00a0=\u00a01", "x = 1"),
        ("x\u200b = 1", "x = 1"),
        ("ｘ＝ｔｏｒｃｈ．ｏｎｅｓ（２，　３）", "x=torch.ones(2, 3)"),
        ("a × b − c", "a * b - c"),
        ("x[1：]", "x[1:]"),
        ("x[…]", "x[...]"),
    ],
)
def test_bent_signs_are_put_straight(bent: str, straight: str) -> None:
    assert straightened(bent) == straight


def test_all_else_stays() -> None:
    text = 'print("안녕, 세계", x_1, "é", 👍)\n\tπ²'
    assert straightened(text) == text
