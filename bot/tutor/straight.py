"""Puts straight what keyboards and chats bend in code: quotation marks, spaces, full-width signs."""

_STRAIGHT = str.maketrans(
    {
        "“": '"', "”": '"', "„": '"', "‟": '"', "«": '"', "»": '"', "″": '"',
        "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "‹": "'", "›": "'",
        "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "×": "*", "÷": "/", "…": "...",
        "\u200b": "", "\u200c": "", "\u200d": "", "\u2060": "", "\ufeff": "", "\u00ad": "",
        "\u00a0": " ", "\u2007": " ", "\u202f": " ", "\u2009": " ", "\u3000": " ",
        **{chr(0xFEE0 + code): chr(code) for code in range(0x21, 0x7F)},  # full-width ASCII
    }
)  # fmt: skip


def straightened(code: str) -> str:
    """Return `code` with the signs that Python knows in the place of those that look like them."""
    return code.translate(_STRAIGHT)
