"""Tools for people who write lessons."""
