"""Companies that get data from the hub: the registry of them, and who allowed which."""
