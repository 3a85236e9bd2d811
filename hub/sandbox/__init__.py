"""The providers in small: HTTP and SMTP servers that behave like the real ones, and five phones to play the customer.

The sandbox is a peer of the hub. It imports nothing from it and signs with its own code, so that both prove each other.
"""
