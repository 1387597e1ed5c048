"""Outgoing webhooks: what happened in a company, posted to its own systems, signed as Standard Webhooks ask.

The `events` table feeds them (migration 0020), so a delivery exists exactly when the event is committed. What is
posted names things by their ids; whoever wants more fetches it with its own rights. See `docs/webhooks.md`.
"""
