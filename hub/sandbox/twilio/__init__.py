"""Twilio: messages with their listing, numbers, accounts and WhatsApp senders."""
