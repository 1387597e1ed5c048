"""What comes in from providers, fetched or brought: told apart by document type, kept, and only then acknowledged."""
