"""What a tuning came to, rendered."""
