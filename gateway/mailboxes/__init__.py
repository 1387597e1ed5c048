"""Mailboxes that suppliers send their bills to."""
