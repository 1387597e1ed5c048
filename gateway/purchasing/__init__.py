"""Purchase orders and goods receipts, and what bills consumed of them."""
