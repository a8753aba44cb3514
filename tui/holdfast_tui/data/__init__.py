"""The way from the app to the database: jobs in threads, what they read, and the feed of changes."""
