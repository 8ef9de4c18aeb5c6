"""The tutor in a terminal or over a pipe."""
