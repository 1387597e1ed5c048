"""The legal persons we invoice for: registration, approval, profile, policies, members, signing keys."""
