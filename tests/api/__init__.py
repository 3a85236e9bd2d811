"""The REST API, through HTTP."""
