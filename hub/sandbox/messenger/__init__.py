"""Meta's Graph API for Messenger, and the customers who write to its pages."""
