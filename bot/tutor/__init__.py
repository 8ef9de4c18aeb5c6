"""The product, pure: lessons, verdicts and replies, with no chat library, file, socket or clock."""
