"""Admission to the sandbox: who runs when, in which session, and who has to wait."""

from bot.admission.limits import Limits
from bot.admission.runner import Admission

__all__ = ["Admission", "Limits"]
