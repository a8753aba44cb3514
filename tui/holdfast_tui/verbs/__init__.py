"""The verbs that the app does to runs and deployments, and their results."""
