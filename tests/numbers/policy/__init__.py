"""The pure decisions about numbers."""
