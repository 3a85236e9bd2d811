"""Signed calls to organizations' own servers: what is told, how it is signed, and when it is tried again."""
