"""What WhatsApp and SMS share: Twilio's webhooks, its REST API and its error codes."""
