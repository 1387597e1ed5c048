"""Verifiers that stand alone: each one a single file that travels in every audit bundle (`ledger.bundle`).

They share no code with the writer or with `ledger.verify`, on purpose: what one of them overlooks the others find.
"""
