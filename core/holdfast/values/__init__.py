"""Values between Python, JSON and JSON Schema: read, written, fitted and masked."""
