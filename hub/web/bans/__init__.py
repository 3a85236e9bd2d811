"""A ban in the browser, for the customer and for the platform: the case, the people, what is published."""
