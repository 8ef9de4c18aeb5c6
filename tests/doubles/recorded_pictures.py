"""Stands in for the drawer: remembers what was to be drawn and hands out a picture of one pixel."""

from base64 import b64decode

from bot.tutor.drawing import Drawing

PNG = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYGAAAAAEAAH2FzhVAAAAAElFTkSuQmCC"
)


class RecordedPictures:
    """Pictures that list what was drawn; with `broken` none can be drawn."""

    def __init__(self) -> None:
        self.drawn: list[Drawing] = []
        self.broken = False

    async def png(self, drawing: Drawing) -> bytes | None:
        self.drawn.append(drawing)
        return None if self.broken else PNG
