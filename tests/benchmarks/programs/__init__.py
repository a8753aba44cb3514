"""Programs that run in processes of their own while they are measured."""
