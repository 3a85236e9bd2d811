"""messenger-hub: one inbox for every messenger, with nothing lost."""
