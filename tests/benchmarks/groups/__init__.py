"""The groups of measurements. Each has `measure`, which yields its rows."""
