"""The organization's own administration in the browser."""
