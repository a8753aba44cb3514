"""The user's preferences, keys and themes."""
