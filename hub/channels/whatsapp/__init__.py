"""WhatsApp on numbers supplied by Twilio."""
