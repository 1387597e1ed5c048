"""The audit bundle: a ledger in one ZIP file that anyone can verify without us.

`SPEC.md` says what each byte is; `BundleWriter` writes one from records in order of seq, in bounded memory. It knows no
database: whoever has one feeds it (`gateway.audit.bundles`). The verifiers that travel in the bundle are in
`ledger.verifier` and share nothing with this package.
"""

from ledger.bundle.writer import BundleWriter, Closing, Cosigned, Outside, Scope, Stamped, Written

__all__ = ["BundleWriter", "Closing", "Cosigned", "Outside", "Scope", "Stamped", "Written"]
