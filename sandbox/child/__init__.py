"""Runs inside the walls, only ever executed; trusted code never imports it."""
