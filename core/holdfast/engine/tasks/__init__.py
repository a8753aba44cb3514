"""Calls of tasks: made, cached, mapped, submitted, and made in other processes."""
