"""The operators' inbox in the browser, and the way into it."""
