"""The only SQL: tables, statements, transactions, and the watcher that notices what others commit."""
