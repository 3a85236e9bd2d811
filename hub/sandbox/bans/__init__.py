"""Bans: a provider lets somebody do less, or nothing, until it is lifted, expires, or an appeal is heard."""
