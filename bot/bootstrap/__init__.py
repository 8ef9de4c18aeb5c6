"""Builds the real parts from the configuration and puts them together, for each command its own."""
