"""How logic is driven in sync and async code, and how the user's code is called, interrupted and left."""
