"""Files of messages on their way in and out of the storage."""
