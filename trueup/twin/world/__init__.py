"""The seeded world: people, companies, deals and their lives, faults on top, and the ledger."""
