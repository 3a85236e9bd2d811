"""Mails of the hub's own: to a person who is away, to operators who keep somebody waiting, and transcripts."""
