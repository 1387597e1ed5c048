"""The service: a thin shell that leads a request through the cores to a ledger entry."""
