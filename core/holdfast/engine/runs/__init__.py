"""Executions of flow runs, from their first row to their last state."""
