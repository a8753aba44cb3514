"""What is SQLite's own: its driver, its files, and noticing what other processes write into one.

What it offers is in `holdfast.store.door`; `holdfast.store.database` opens it.
"""
