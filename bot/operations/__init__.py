"""What keeps an installation well: a look at all of it, and backups of what must not be lost."""
