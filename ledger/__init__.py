"""The append-only ledger: what it promises, its bytes, and how to check it without us.

Each company has one chain. An entry (`ledger.entry`) names its predecessor's hash, its place, its time, the document's
series and number, and the hashes of the document's canonical JSON (`ledger.canonical`, `ledger.envelope`) and XML;
documents are sealed by the company's key (`ledger.signing`). `ledger.verify` finds the first entry that doesn't hold.
Only `ledger.store` knows the database.
"""
