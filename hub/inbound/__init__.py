"""Inbound: from a provider's request to the journal, and from the journal to the conversation."""
