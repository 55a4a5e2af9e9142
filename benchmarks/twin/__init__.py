"""How fast the twin is made, how fast it answers, and how much memory it takes."""
