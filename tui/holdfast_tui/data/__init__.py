"""The app's access to the database: jobs in threads, the reads that they do, and the feed of changes."""
