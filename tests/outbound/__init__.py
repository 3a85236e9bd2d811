"""Answers on their way out, and what the providers say of them."""
