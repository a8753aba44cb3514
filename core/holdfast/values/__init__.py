"""Values between Python, JSON and JSON Schema: reading, writing, fitting and masking them."""
