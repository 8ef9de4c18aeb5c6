"""Explains errors: what they mean, with the learner's own names and shapes, one cause, and one fix."""

from bot.tutor.explain.explain import explain
from bot.tutor.explain.explanation import Explanation, Topic

__all__ = ["Explanation", "Topic", "explain"]
