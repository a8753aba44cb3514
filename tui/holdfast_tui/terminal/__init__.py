"""The terminal that the app runs in: keys, pastes, notices, other programs, and its end."""
