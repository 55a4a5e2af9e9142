"""The store: everything Trueup remembers, in SQLite or PostgreSQL, through SQLAlchemy. `Store` is its front."""

from trueup.store.journal import Intent, Written
from trueup.store.lock import HeldLock, Holder
from trueup.store.plans import PlanStatus
from trueup.store.snapshots import SnapshotWriter
from trueup.store.store import Store, open_store, upgrade_store
from trueup.store.systems import SystemSeen

__all__ = [
    "HeldLock",
    "Holder",
    "Intent",
    "PlanStatus",
    "SnapshotWriter",
    "Store",
    "SystemSeen",
    "Written",
    "open_store",
    "upgrade_store",
]
