"""Who gets a conversation, and that nobody gets too many."""
