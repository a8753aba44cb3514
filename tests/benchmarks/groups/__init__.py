"""The groups of measurements. Each has `measure`, which gives its rows."""
