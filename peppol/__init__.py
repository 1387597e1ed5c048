"""The Peppol network: corners, identifiers, envelopes, and the line to a provider."""
