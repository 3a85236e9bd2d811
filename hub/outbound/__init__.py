"""Outbound: an answer becomes a message and a delivery, and every delivery ends in one state that is true."""
