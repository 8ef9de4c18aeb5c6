"""The tutor in Discord: servers, threads and direct messages."""
