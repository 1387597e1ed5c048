"""Keys: made, sealed under a key-encryption key, rotated, retired."""
