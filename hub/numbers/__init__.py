"""Numbers of the pool, their bans, what replaces them, and the people who are won back."""
