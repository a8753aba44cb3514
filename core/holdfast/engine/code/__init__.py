"""The user's code: functions made into flows and tasks, their names, and their location for other processes."""
