"""Checkpoints given to somebody outside, and what they say: witnesses, copies, time stamps.

What is proven by it stands in `ledger.witness` and `ledger.timestamp`; here is who is told, when, how an answer is
judged, and who is woken by a bad one.
"""
