"""Replay: make sealed documents again from what the ledger recorded, and compare bytes and verdict."""
