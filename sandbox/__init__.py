"""A warm, sealed place to run learners' code; it knows nothing of lessons or chats."""
