"""The shared parts of flow and task calls: inputs, retries, hooks and outcomes."""
