"""What a reply's looks depend on beside the reply."""

from dataclasses import dataclass

from bot.tutor.ports import Wording

MOST_FILE = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Look:
    """The words, how large a file may be here, and whether it is a direct message.

    Only in a direct message can a question be answered by reaction without others seeing it.
    """

    say: Wording
    filesize_limit: int = MOST_FILE
    is_dm: bool = False
