"""Forms over a stored JSON Schema: the widgets of the pure model, and the screen that asks."""
