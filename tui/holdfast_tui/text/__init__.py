"""Text on the screen: cleaned, fitted into cells, and worded."""
