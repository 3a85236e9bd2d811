"""What the hub talks through: channels and their senders, the platform's numbers and its accounts at providers."""
