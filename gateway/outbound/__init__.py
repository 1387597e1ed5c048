"""Documents we issue: draft -> finalized (sealed) -> approved -> sending -> sent -> delivered."""
