"""What standards bodies publish, installed and never changed; and the one hardened XML parser."""
