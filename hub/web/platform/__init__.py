"""What whoever runs the hub does in the browser: numbers, provider accounts, bans of all organizations."""
