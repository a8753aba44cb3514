"""Text for the screen: cleaning it, fitting it into cells, and wording it."""
