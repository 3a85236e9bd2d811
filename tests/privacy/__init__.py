"""The rights of persons, through webhooks and API, on both databases."""
