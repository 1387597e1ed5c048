"""Outages: what could not be sent, since when, and telling the authority in time."""
