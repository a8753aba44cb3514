"""What calls of flows and tasks share: what they are given, called and tried again, and what comes of them."""
