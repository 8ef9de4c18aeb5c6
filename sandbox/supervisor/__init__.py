"""Starts, feeds, limits and ends the jailed processes; it never runs learner code itself."""
