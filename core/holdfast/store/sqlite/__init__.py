"""Everything specific to SQLite: its driver, its files, and noticing what other processes write.

`holdfast.store.door` has the interface; `holdfast.store.database` opens it.
"""
