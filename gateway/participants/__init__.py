"""Who takes what on the network: registered, surely not registered, or nobody can tell just now."""
