"""The engine: pull, apply, verify, settle after a crash, undo. Work that needs both a remote and the store."""
