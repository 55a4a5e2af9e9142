"""How long a world takes to make and to load, and in how much memory."""
