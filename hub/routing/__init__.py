"""Which group and which operator gets a conversation, and why."""
