"""From a supplier's document to a bill that may be paid. Knows nothing of HTTP or the database; everything is a value.

matching    a bill against what was ordered and received: findings per line, one verdict, what would make it match
"""
