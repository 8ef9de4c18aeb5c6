"""Tensor Tutor: a PyTorch tutor for the chat people already use."""
