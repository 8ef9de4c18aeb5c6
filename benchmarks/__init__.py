"""What the README's figures come from: every time is a ratio of two things measured in one run."""
