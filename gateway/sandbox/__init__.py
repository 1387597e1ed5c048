"""A network of its own process: access points for both sides, faults on order, and a fifth corner that records.

It plays corners 2, 3 and 5 for every participant registered with it, over real HTTP in both directions, so that sending
and receiving are the same code in test mode as with a real provider. What it was told and what it handed over is kept
in a journal on disk: killed at any moment, it continues where it stood.
"""
