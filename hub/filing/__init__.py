"""Files of messages: fetched, looked at, scanned, sealed and kept; given to those who may see them; removed."""
