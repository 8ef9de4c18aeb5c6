"""Explains errors: what they mean, with the learner's own names and shapes, one cause, and one fix."""

from bot.tutor.explain.explain import explain
from bot.tutor.explain.explanation import Explanation, Topic
from bot.tutor.explain.traps import Trap, traps_in

__all__ = ["Explanation", "Topic", "Trap", "explain", "traps_in"]
