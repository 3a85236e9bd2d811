"""One conversation model for every channel: what events do to it, what operators do to it, and how it is read."""
