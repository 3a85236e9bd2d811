"""`hub demo`: an organization with five channels on the sandbox, operators, and customers who write.

It runs beside the hub and the sandbox and talks with both over HTTP, as anybody outside does. What it made it finds
again: the token and the password of the demo are kept in the data directory.
"""
