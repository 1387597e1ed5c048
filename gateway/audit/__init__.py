"""The ledger, read-only: entries, keys, the timeline of a document, and verification on request."""

from gateway.audit.jobs import HANDLERS

__all__ = ["HANDLERS"]
