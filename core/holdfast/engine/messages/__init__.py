"""Messages to runs: sent and received."""
