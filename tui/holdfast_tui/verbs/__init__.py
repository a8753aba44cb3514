"""What can be done to runs and deployments from the app, and what came of it."""
