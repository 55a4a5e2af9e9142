"""What a record costs between the wire and our own types."""
