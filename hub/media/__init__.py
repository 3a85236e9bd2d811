"""Files of messages: kept, looked at and scanned. Knows no channel and no database (docs/media.md)."""
