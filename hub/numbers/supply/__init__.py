"""The platform's numbers: accounts at suppliers, searching, buying, registering, lending, quarantine, giving back."""
