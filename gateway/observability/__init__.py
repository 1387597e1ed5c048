"""What an operator sees: masked logs as JSON lines, metrics, and optional error reports; configured once."""
