"""The Telegram Bot API, and the customers who write to its bots."""
