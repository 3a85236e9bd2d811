"""SMS on numbers supplied by Twilio."""
