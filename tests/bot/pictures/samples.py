"""Drawings of every kind, in English and Korean, gentle and hostile."""

import math
import random

from bot.tutor.drawing import (
    Bars,
    Box,
    Card,
    Counted,
    Drawing,
    Formula,
    Graph,
    HeatMap,
    Operation,
    Panel,
    Pill,
    Pixels,
    Progress,
    Row,
    Step,
    Tally,
)

NAN, INF = math.nan, math.inf


def numbers(rows: int, columns: int, seed: int = 1) -> tuple[float, ...]:
    """Return normally distributed elements, always the same."""
    chance = random.Random(seed)
    return tuple(chance.gauss(0, 1) for _ in range(rows * columns))


def heat(rows: int, columns: int, *first: float) -> HeatMap:
    """Return a matrix that begins with `first`."""
    values = (*first, *numbers(rows, columns)[len(first) :])
    return HeatMap(rows, columns, values, (str(rows), str(columns)))


def image(side: int = 28) -> Pixels:
    """Return an image that shows a mistake in rows, columns or channels."""
    data = bytes(
        value
        for y in range(side)
        for x in range(side)
        for value in (255 * x // side, 255 * y // side, 255 if x > y else 40)
    )
    return Pixels(side, side, 3, data, (str(side), str(side)))


BELL = Bars((1, 2, 3, 6, 9, 14, 20, 24, 28, 30, 30, 26, 22, 17, 12, 7, 4, 2, 1, 0), "std 0.995")

CARD = Card(
    "Tensor Inspector",
    "2 of 6 · run #12",
    (
        Panel(
            "W",
            "[3, 5]",
            "float32 · cpu · 60 B · parameter",
            "min -0.916   mean 0.00678   max 1.79",
            heat(3, 5),
            None,
            (Pill("changed in place ×2", "changed"), Pill("grad norm 0.293", "gradient")),
            "changed",
        ),
        Panel(
            "x",
            "[4, 3]",
            "float32 · cpu · 48 B",
            "min -1.52   mean -0.224   max 0.661",
            heat(4, 3),
            BELL,
            (Pill("new", "new"), Pill("shares memory: xt", "shared")),
            "new",
        ),
    ),
    "blue < 0 < red   dark → bright: small → large",
)

LARGE_CARD = Card(
    "텐서 들여다보기",
    "6개 중 4개 · 12번째 실행",
    (
        Panel(
            "emb",
            "[512, 64]",
            "float32 · cpu · 128 KiB",
            "최소 -4.16   평균 -0.00181   최대 4.24",
            HeatMap(
                24,
                22,
                (NAN, INF, -INF, *numbers(24, 22)[3:]),
                ("512", "64"),
                caption="22행마다 1행, 3열마다 1열",
            ),
            BELL,
            (Pill("NaN 1개", "bad"), Pill("xt와 메모리를 함께 써요", "shared")),
            "bad",
        ),
        Panel(
            "사진",
            "[3, 28, 28]",
            "float32 · cpu · 9.19 KiB",
            "최소 0   평균 0.432   최대 1",
            image(),
            Bars((20, *[9] * 18, 14), "표준편차 0.372"),
            (Pill("새로 생김", "new"),),
            "new",
        ),
        Panel(
            "mask",
            "[2, 4]",
            "bool · cpu · 8 B",
            "",
            HeatMap(2, 4, (0, 1, 1, 0, 1, 0, 0, 1), ("2", "4"), whole=True),
        ),
        Panel(
            "h",
            "[2, 3]",
            "float32 · cpu · 24 B",
            "≈ 최소 0   평균 0.255   최대 1.09",
            HeatMap(2, 3, (0, 0.13, NAN, INF, -INF, 1.09), ("2", "3")),
            None,
            (Pill("NaN 1개, Inf 2개", "bad"),),
        ),
    ),
    "파랑 < 0 < 빨강   어두움 → 밝음: 작음 → 큼   자홍 ×: NaN",
)

PRODUCT = Operation(
    "x @ W does not fit",
    "@",
    (Box("x", ("3", "4"), (1,)), Box("W", ("5", "2"), (0,), "4", "float32")),
    "The columns of x meet the rows of W: 4 and 5 would have to be equal.",
)
VECTOR = Operation(
    "A @ v가 맞지 않아요",
    "@",
    (Box("A", ("3", "4"), (1,)), Box("v", ("5",), (0,), "4")),
    "벡터 v에는 A의 열 수와 같은 4개의 원소가 있어야 해요.",
)
BROADCAST = Operation(
    "a + bias does not broadcast",
    "+",
    (Box("a", ("8", "3", "4"), (2,)), Box("bias", ("3", "3"), (1,), "4"), Box("c", ())),
    "Sizes are compared from the right: they must be equal, or one of them 1.",
    right_aligned=True,
)
CONVOLUTION = Operation(
    "conv1(images)",
    "conv2d",
    (
        Box("images", ("16", "1", "28", "28"), (1,), "3"),
        Box("conv1.weight", ("8", "3", "3", "3"), (1,)),
    ),
    "conv1은 채널이 3개인 이미지를 기대하는데, images에는 1개뿐이에요.",
)
JOINED = Operation(
    "torch.cat",
    "cat",
    (
        Box("a", ("2", "4"), (1,)),
        Box("b", ("2", "5"), (1,), "4"),
        Box("one_with_a_name_that_goes_on_and_on", ("1000000", "4")),
        Box("empty", ("0", "4")),
    ),
    "All sizes but the one along dimension 0 must be equal.",
)

LOSS = Graph(
    "How loss came to be",
    (
        Step("mean → loss", "[]", False, (1,)),
        Step("pow", "[8, 2]", False, (2,)),
        Step("sub", "[8, 2]", False, (3, 8)),
        Step("add → y", "[8, 2]", False, (4, 7)),
        Step("mm", "[8, 2]", False, (5, 6)),
        Step("x", "[8, 4]", True),
        Step("W", "[4, 2]", True),
        Step("b", "[2]", True),
        Step("target", "[8, 2]", True),
    ),
    "9 steps",
    "hexagon: a leaf   thick frame: loss itself",
)
RESIDUAL = Graph(
    "out이 만들어진 과정",
    (
        Step("add → out", "[8, 16]", False, (1, 3)),
        Step("relu", "[8, 16]", False, (2,)),
        Step("mm", "[8, 16]", False, (3, 4)),
        Step("add → h", "[8, 16]", False, (5, 6)),
        Step("W2", "[16, 16]", True),
        Step("mm", "[8, 16]", False, (7, 8)),
        Step("bias", "[16]", True),
        Step("x", "[8, 4]", True),
        Step("W1", "[4, 16]", True),
    ),
    "",
    "육각형: 잎   굵은 테두리: out",
)
CHAIN = Graph(
    "chain",
    (
        *(Step("MulBackward0", f"[{size}, 4]", False, (size + 1,)) for size in range(29)),
        Step("x", "[4]", True),
    ),
)
STACK = Graph(
    "stack",
    (
        Step("stack", "[29, 3]", False, tuple(range(1, 30))),
        *(Step(f"x{number}", "[3]", True) for number in range(29)),
    ),
)
TANGLE = Graph(
    "tangle",
    tuple(
        Step(f"step{at}", f"[{at}]", at > 20, tuple(range(at + 1, min(30, at + 6))))
        for at in range(30)
    ),
)

JOINED_UP = Graph(
    "everything goes into everything",
    tuple(
        Step(f"a_step_number_{at}", "[3, 4, 5]", at == 29, tuple(range(at + 1, 30)))
        for at in range(30)
    ),
)

PROGRESS = Progress(
    "Your progress",
    (
        Row("Tensors", 6, 6, ("done", "done", "shown", "current", "ahead"), "quiz 4 of 5"),
        Row("Autograd", 2, 5, ()),
        Row(
            "A lesson with a name so long that it fits no line of any phone", 0, 7, ("ahead",) * 14
        ),
    ),
    "✓ done   ◐ solution shown   ◉ you are here   ○ ahead",
)
PROGRESS_KO = Progress(
    "지금까지 배운 것",
    (
        Row("텐서 첫걸음", 6, 6, ("done", "done", "done"), "퀴즈 5개 중 4개"),
        Row("자동 미분", 2, 5, ("current", "ahead", "ahead"), "이어서 하기"),
        Row("신경망 만들기", 0, 8, ("ahead",) * 4, "아직 시작 전"),
    ),
    "✓ 끝냄   ◐ 풀이를 봄   ◉ 지금 여기   ○ 남음",
)

TALLY = Tally(
    "How you answered",
    (
        Counted("A", "torch.randn(5, 5)", 4, "4 · 33 %", is_right=False),
        Counted("B", "torch.rand(5, 5)", 7, "7 · 58 %", is_right=True),
        Counted(
            "C",
            "torch.randint(0, 1, (5, 5)), which draws whole numbers and never the upper end, and so "
            "gives nothing but zeros, however often it is called",
            1,
            "1 · 8 %",
            is_right=False,
        ),
        Counted("D", "torch.zeros(5, 5)", 0, "0", is_right=False),
    ),
    "12 answers",
    "✓ right",
)
TALLY_KO = Tally(
    "여러분의 답",
    (
        Counted("A", "RuntimeError가 나요", 31, "31명 · 97 %", is_right=True),
        Counted("B", "`B`를 다시 가져오고, 합은 CPU에 놓여요", 1, "1명 · 3 %", is_right=False),
    ),
    "32명이 답함",
    "✓ 맞는 답",
)

MEAN_SQUARES = Formula(r"L = \frac{1}{n}\sum_{i=1}^{n} \left( \hat{y}_i - y_i \right)^2")
MATRIX = Formula(
    r"\frac{\partial L}{\partial W_{ij}} = \begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}"
    r" \cdot \lVert x \rVert_2 + \sqrt{\text{batch}}"
)

GOLDEN: dict[str, Drawing] = {
    "card": CARD,
    "card-ko": LARGE_CARD,
    "product": PRODUCT,
    "vector-ko": VECTOR,
    "broadcast": BROADCAST,
    "convolution-ko": CONVOLUTION,
    "joined": JOINED,
    "loss": LOSS,
    "residual-ko": RESIDUAL,
    "stack": STACK,
    "progress": PROGRESS,
    "progress-ko": PROGRESS_KO,
    "tally": TALLY,
    "tally-ko": TALLY_KO,
    "mean-squares": MEAN_SQUARES,
    "matrix": MATRIX,
}

_LONG = "gradient_of_the_loss_with_respect_to_" * 40
_HEBREW = "\u202e\u05e9\u05dc\u05d5\u05dd\u200f_\u0645\u0631\u062d\u0628\u0627"
_ODD = "a\u0301\u200b\x00\x1b[31m\n\t\ud800 한\u1112\u1161\u11ab 🙂 ▸ …"


def hostile(name: str) -> list[Card | Operation | Graph | Progress | Tally]:
    """Return drawings in which `name` stands wherever words may stand."""
    pills = tuple(Pill(name, "bad") for _ in range(20))
    pictures = (heat(4, 3), heat(64, 64), image())
    panels = [
        Panel(name, name, name, name, picture, Bars((1, 2, 3), name), pills, "bad")
        for picture in pictures
    ]
    captioned = HeatMap(2, 2, (1, 2, 3, 4), (name, name), caption=name)
    box = Box(name, (name,) * 12, (0, 11), name, name)
    return [
        Card(name, name, (*panels, Panel(name, name, name, name, captioned)), name),
        Operation(name, name, (box, box, Box(name, ())), name),
        Operation(name, name, (box, Box(name, (), (), name, name)), name, right_aligned=True),
        Graph(name, (Step(name, name, False, (1, 2)), *[Step(name, name, True)] * 2), name, name),
        Graph(name, tuple(Step(name, name, True, one.inputs) for one in TANGLE.steps), name),
        Progress(name, (Row(name, 3, 4, ("done", "shown") * 20, name),) * 30, name),
        Tally(
            name,
            (Counted(name, name, 3, name, True), Counted(name, name, 0, name, False)) * 5,
            name,
            name,
        ),
    ]


def _alone(picture: HeatMap, bars: Bars | None = None) -> Card:
    return Card("t", "", (Panel("x", "[]", "float32", "", picture, bars),))


LAID_OUT: dict[str, Card | Operation | Graph | Progress | Tally] = {
    **{name: one for name, one in GOLDEN.items() if not isinstance(one, Formula)},
    "chain": CHAIN,
    "tangle": TANGLE,
    "joined up": JOINED_UP,
    "no rows": _alone(HeatMap(0, 5, (), ("0", "5"))),
    "no columns": _alone(HeatMap(3, 0, (), ("3", "0"))),
    "one cell": _alone(HeatMap(1, 1, (2.5,), ("", "")), Bars((1,))),
    "only NaN": _alone(HeatMap(3, 3, (NAN,) * 9, ("3", "3"))),
    "many NaN": _alone(HeatMap(64, 64, (NAN,) * 4096, ("64", "64")), Bars((0, 0))),
    "only infinite": _alone(HeatMap(2, 2, (INF, -INF) * 2, ("2", "2"))),
    "extreme": _alone(HeatMap(1, 4, (-1.7e308, 1.7e308, 5e-324, -0.0), ("1", "4"))),
    "all equal": _alone(HeatMap(2, 2, (7,) * 4, ("2", "2"), whole=True)),
    "large": _alone(heat(64, 64)),
    "a row": _alone(heat(1, 64)),
    "a column": _alone(heat(64, 1)),
    "a short column": _alone(heat(36, 1)),
    "a grey image": Card(
        "t", "", (Panel("x", "[]", "", picture=Pixels(2, 64, 1, bytes(128), ("64", "2"))),)
    ),
    "nobody answered": Tally("", (Counted("", "", 0, "", is_right=False),)),
    "no words": Card("", "", (Panel("", "", ""),)),
    "scalars": Operation("", "+", (Box("", ()), Box("", ())), ""),
    **{f"long {number}": one for number, one in enumerate(hostile(_LONG))},
    **{f"from the right {number}": one for number, one in enumerate(hostile(_HEBREW))},
    **{f"odd {number}": one for number, one in enumerate(hostile(_ODD))},
    **{f"Korean {number}": one for number, one in enumerate(hostile("기울기가사라지는" * 30))},
}
"""Everything that has a layout, by what is special about it."""
