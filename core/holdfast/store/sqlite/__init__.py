"""What is SQLite's own: its driver, its files, and noticing what other processes write into one."""
