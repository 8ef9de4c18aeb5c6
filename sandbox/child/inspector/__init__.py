"""The inspector's collector: looks at a session's variables without touching them."""
