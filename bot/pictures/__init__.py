"""Draws what `bot.tutor.drawing` describes as PNG, on the trusted side and off the event loop."""
