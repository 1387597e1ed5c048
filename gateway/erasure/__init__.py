"""Erasure and retention: how long records are kept, what holds them, and destroying what the law lets go."""
