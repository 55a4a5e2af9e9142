"""Migrations of the store's schema, run by `trueup.store.version`.

A new one is a file in `versions` that names its predecessor, and its number joins `version.REVISIONS`. It says what it
does in alembic's operations, never through `tables.py`, which moves on.
"""
