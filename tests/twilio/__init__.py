"""WhatsApp and SMS over Twilio: what the conformance suite does not ask of every adapter."""
