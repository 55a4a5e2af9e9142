"""How right, how fast and how large matching is, beside a floor and beside Splink."""
