"""A `Pictures` that draws nothing, as where words have to do; it keeps what it was asked for."""

from bot.tutor.drawing import Drawing


class NoPictures:
    def __init__(self) -> None:
        self.asked: list[Drawing] = []

    async def png(self, drawing: Drawing) -> None:
        self.asked.append(drawing)
