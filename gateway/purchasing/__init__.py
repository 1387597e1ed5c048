"""Purchase orders, goods receipts, and what bills consumed of them."""
