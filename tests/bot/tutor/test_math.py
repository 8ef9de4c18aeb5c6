import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tutor.math import math_to_unicode

FORMULAS = [
    (r"4\times3\times32\times32", "4×3×32×32"),
    ("(10,)", "(10,)"),
    ("A + B", "A + B"),
    ("x^2", "x²"),
    ("W_{ij}", "Wᵢⱼ"),
    ("x_{batch}", "x_batch"),
    ("F_{new}", "F_new"),
    (r"x_i^2", "xᵢ²"),
    (r"\frac{\partial L}{\partial w}", "∂L/∂w"),
    (r"\frac{a+b}{c}", "(a+b)/c"),
    (r"\frac{x}{2\sigma^2}", "x/(2σ²)"),
    (r"\frac{1}{2}x", "1/2 x"),
    (r"\frac{e^{a}}{\sum_j e^{b}}", "eᵃ/(∑ⱼ eᵇ)"),
    (r"(1, 10) @ (10, 5) \rightarrow (1, 5)", "(1, 10) @ (10, 5) → (1, 5)"),
    (r"\mathbb{R}^{n \times d}", "ℝⁿˣᵈ"),
    (r"\sum_i x_i", "∑ᵢ xᵢ"),
    (r"\sum_{i=1}^{n} F_i W_{ij}", "∑ᵢ₌₁ⁿ Fᵢ Wᵢⱼ"),
    (r"\sqrt{d}", "√d"),
    (r"\sqrt{d_k}", "√dₖ"),
    (r"\sqrt{a+b}", "√(a+b)"),
    (r"\sqrt{2\pi}", "√(2π)"),
    (r"\sqrt[3]{x}", "∛x"),
    (r"\lVert x \rVert", "‖x‖"),
    (r"\left( \frac{1}{2} \right)", "(1/2)"),
    (r"\text{loss}", "loss"),
    (r"\theta_{t+1} = \theta_t - \eta \nabla L", "θₜ₊₁ = θₜ − η∇L"),
    (r"e^{-x^2}", "e^(−x²)"),
    (r"W^\top", "Wᵀ"),
    (r"\hat{y}", "ŷ"),
    (r"\log x", "log x"),
    (r"2\log\theta", "2 log θ"),
    (r"\operatorname{softmax}(x)", "softmax(x)"),
    (r"a\cdot b", "a·b"),
    (r"\{1, 2\}", "{1, 2}"),
    (r"\begin{bmatrix}1 & 2\\3 & 4\end{bmatrix}", "[1 2; 3 4]"),
    (r"f'(x)", "f′(x)"),
    (r"a * b", "a ∗ b"),
    (r"x \notin \mathbb{R}", "x ∉ ℝ"),
]


@pytest.mark.parametrize(("latex", "text"), FORMULAS)
def test_formula_reads_as_unicode(latex: str, text: str) -> None:
    assert math_to_unicode(f"${latex}$") == text


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("A plain $5 and $6 stay.", "A plain $5 and $6 stay."),
        ("US$5 to US$10", "US$5 to US$10"),
        ("between $5 and $10", "between $5 and $10"),
        ("$5, $6 or $x^2$", "$5, $6 or x²"),
        (r"\$5 for $x^2$", "$5 for x²"),
        ("one $ alone and $x^2$", "one $ alone and x²"),
    ],
)
def test_money_is_no_math(markdown: str, text: str) -> None:
    assert math_to_unicode(markdown) == text


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("`$x^2$` but $x^2$", "`$x^2$` but x²"),
        ("``a ` $x^2$`` and $x^2$", "``a ` $x^2$`` and x²"),
        ("```sh\necho $x^2$ $$y$$\n```\n$x^2$", "```sh\necho $x^2$ $$y$$\n```\nx²"),
        ("~~~\n$x^2$\n~~~", "~~~\n$x^2$\n~~~"),
        ("an `unclosed tick and $x^2$", "an `unclosed tick and x²"),
    ],
)
def test_code_keeps_its_dollars(markdown: str, text: str) -> None:
    assert math_to_unicode(markdown) == text


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("Before $$x^2$$ after", "Before\n\nx²\n\nafter"),
        ("Before\n\n$$\nx^2\n$$\n\nafter", "Before\n\nx²\n\nafter"),
        ("$$x^2$$", "x²"),
        (r"$$\begin{aligned}a &= b\\c &= d\end{aligned}$$", "a = b\nc = d"),
    ],
)
def test_block_stands_on_its_own_lines(markdown: str, text: str) -> None:
    assert math_to_unicode(markdown) == text


def test_korean_particles_follow_math_directly() -> None:
    assert (
        math_to_unicode("형태가 $(10,)$인 $F_i$를, $(10,) $이고")
        == "형태가 (10,)인 Fᵢ를, (10,)이고"
    )


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\frac{a}", "frac a"),
        ("x}{y", "x y"),
        (r"\unknown{x}", "unknown x"),
        ("{" * 30 + "x" + "}" * 30, "x"),
    ],
)
def test_what_cannot_be_read_stays_as_source_without_backslashes(latex: str, text: str) -> None:
    assert math_to_unicode(f"${latex}$") == text


@given(st.text(alphabet="$\\{}^_&`~ \n*[]axF1+-fracsqrtbeginendleft가.", max_size=60))
def test_any_text_is_survived(markdown: str) -> None:
    assert isinstance(math_to_unicode(markdown), str)


@given(st.text(alphabet="ab1 .,\n\\{}^_`*가", max_size=60))
def test_text_without_dollars_is_untouched(markdown: str) -> None:
    assert math_to_unicode(markdown) == markdown


@pytest.mark.parametrize(
    "hostile",
    [
        "$" * 20_000,
        "`" * 20_000,
        "$$a" * 9_000,
        "\n" * 20_000 + "$",
        "$$" + " " * 20_000,
        "$" + "{" * 20_000 + "$",
    ],
)
def test_hostile_length_does_not_hang(hostile: str) -> None:
    assert len(math_to_unicode(hostile)) <= len(hostile)
