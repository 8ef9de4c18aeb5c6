"""`python -m tests.bot.pictures.renew`: draw the golden pictures anew; then look at each of them."""

import sys
from pathlib import Path

from bot.pictures.draw import draw
from tests.bot.pictures.samples import GOLDEN

FOLDER = Path(__file__).with_name("golden")


def renew(folder: Path = FOLDER) -> None:
    """Write every golden picture into `folder`."""
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    for name, drawing in GOLDEN.items():
        (folder / f"{name}.png").write_bytes(draw(drawing))


if __name__ == "__main__":
    renew()
    sys.stdout.write(f"{len(GOLDEN)} pictures in {FOLDER}\n")
