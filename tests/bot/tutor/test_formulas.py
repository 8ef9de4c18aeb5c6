from bot.tutor.drawing import Formula
from bot.tutor.math import apart, blocks_to_unicode, with_blocks_fenced
from bot.tutor.reply import Image, Prose
from tests.doubles.recorded_pictures import RecordedPictures
from tests.doubles.visitor import Visitor

LATEX = r"\sum_{i=1}^{2} \sum_{j=1}^{3} A_{ij}"


async def test_block_math_of_a_section_is_drawn_in_its_place(
    ada: Visitor, pictures: RecordedPictures
) -> None:
    await ada.says("learn", "every-question")
    before, image, after = [
        part
        for part in ada.seen.parts
        if isinstance(part, Prose) or (isinstance(part, Image) and part.drawing)
    ]
    assert isinstance(before, Prose)
    assert before.markdown.endswith("Its sum is")
    assert isinstance(image, Image)
    assert image.alt == LATEX
    assert pictures.drawn == [Formula(LATEX)]
    assert isinstance(after, Prose)
    assert after.markdown == "and costs nothing, not even $1."


async def test_block_math_that_cannot_be_drawn_is_unicode(
    ada: Visitor, pictures: RecordedPictures
) -> None:
    pictures.broken = True
    shown = await ada.says("learn", "every-question")
    assert "Its sum is\n\n∑ᵢ₌₁² ∑ⱼ₌₁³ Aᵢⱼ\n\nand costs" in shown
    assert "math" not in shown


def test_only_blocks_stay_latex_and_code_stays_code() -> None:
    text = "In $x^2$:\n\n$$x^2$$\n\n`$y$`\n\n```\n$$z$$\n```"
    fenced = with_blocks_fenced(text)
    assert fenced == "In x²:\n\n```math\nx^2\n```\n\n`$y$`\n\n```\n$$z$$\n```"
    assert apart(fenced)[1] == ("x^2", True)
    assert blocks_to_unicode(fenced) == "In x²:\n\nx²\n\n`$y$`\n\n```\n$$z$$\n```"


def test_a_fence_inside_a_formula_does_not_end_it() -> None:
    assert "```math" not in with_blocks_fenced("$$x```\ny$$")
