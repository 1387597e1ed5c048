"""Audit bundles: a ledger, or a range of it, in one file that anyone can verify without us (`ledger.bundle`)."""
