"""Documents we receive: stored as they came, checked, sealed in our ledger, shown with what is wrong with them."""
