"""Where the tables of transmissions stood before; see `gateway.outbox.models`."""

from gateway.outbox.models import transmission_events, transmissions

__all__ = ["transmission_events", "transmissions"]
