"""How fast the twin answers."""
