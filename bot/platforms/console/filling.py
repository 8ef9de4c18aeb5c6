"""Fills in a form, one field after the other, from what a learner types; pure."""

from bot.tutor.fences import Code, Entry
from bot.tutor.reply import Form, FormField

END = "."
"""The line that ends a field of several lines."""


class Filling:
    """A form on its way: `field` is what is asked now, None when all is there."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.values: dict[str, str] = {}
        self._left = list(form.fields)
        self._lines: list[str] = []

    @property
    def field(self) -> FormField | None:
        """The field that the next line belongs to."""
        return self._left[0] if self._left else None

    @property
    def has_begun(self) -> bool:
        """Whether the field has some of its lines already."""
        return bool(self._lines)

    def take(self, entry: Entry) -> bool:
        """Take what was typed; False if the field needs something and got nothing."""
        field = self._left[0]
        if field.multiline and not isinstance(entry, Code):
            if entry.text.strip() != END:
                self._lines.append(entry.text)
                return True
            value = "\n".join(self._lines)
        else:
            value = entry.text if isinstance(entry, Code) else entry.text.strip()
        self._lines = []
        value = value or field.value
        if field.required and not value.strip():
            return False
        self.values[field.id] = value
        self._left.pop(0)
        return True
