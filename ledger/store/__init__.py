"""The ledger in PostgreSQL: INSERT-only tables, append under the head's lock, stream."""
