"""The store under a hundred thousand people."""
