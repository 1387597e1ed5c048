"""`involinks witness`: a tiny stand-alone witness for whoever is asked to keep an eye on ledgers that are not theirs.

It is a process of its own with a folder of its own, and knows nothing of the gateway: no database, no settings. How
it decides is `ledger.witness`; here is what it keeps (`folder.py`) and how it is reached (`server.py`).
"""
