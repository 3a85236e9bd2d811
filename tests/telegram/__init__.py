"""Telegram beyond the conformance suite."""
