"""What the tutor remembers, in SQLite."""
