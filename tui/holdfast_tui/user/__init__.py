"""What belongs to the user: preferences, keys and themes."""
