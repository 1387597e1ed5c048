"""The providers in reach, by name."""
