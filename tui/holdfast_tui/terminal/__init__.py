"""The terminal that the app runs in: pastes, notifications, other programs, and its end."""
