"""Numbers and bans through a whole hub: provided, banned under traffic, killed anywhere."""
