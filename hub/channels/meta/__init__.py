"""What the adapters on Meta's messengers share: its word on WhatsApp business accounts (no kind of its own)."""
