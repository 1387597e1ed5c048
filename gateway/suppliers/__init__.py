"""Suppliers: who they are, how their bills are read, and which bank accounts may be paid."""
