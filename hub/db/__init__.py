"""The only SQL of the hub. Rows never leave this package: callers get frozen values."""
