"""Signed calls to organizations' own servers."""
