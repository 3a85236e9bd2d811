"""The life of a conversation: its states, its thread, its order."""
