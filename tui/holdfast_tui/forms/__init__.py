"""Forms over a stored JSON Schema: a pure model, its widgets and the screen that asks."""
