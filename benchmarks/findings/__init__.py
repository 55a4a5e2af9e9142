"""How well the checks find what the world planted: precision and recall per code, against the twin's ledger."""
