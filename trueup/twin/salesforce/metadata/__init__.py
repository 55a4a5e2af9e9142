"""What the org is made of: objects and fields, as definitions read from data."""
