"""The user's code: functions made into flows and tasks, their names, and where another process finds them."""
