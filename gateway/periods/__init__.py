"""Periods: daily, monthly and yearly closes of the ledger, and VAT periods that take no further document."""
