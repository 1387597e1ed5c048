"""The append-only ledger: what it promises, its bytes, and how to check it without us."""
