"""The org: schema, store, clock, switches and users, tied together for the behaviours and the APIs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from .bulk.jobs import Jobs
from .ids import canonical, make_id
from .metadata import about
from .metadata.activity_views import view_sql
from .metadata.model import Field, SObject
from .metadata.schema import Schema
from .permissions import Permissions
from .soql.execute import Cursors
from .store import Row, Store
from .switches import Switches
from .values import print_datetime


class Clock(Protocol):
    """What tells the time here."""

    def now(self) -> datetime:
        """The present instant, aware, UTC."""


ORG_ID = make_id("00D", 1)
API_USER_ID = make_id("005", 62**4)
ADMIN_PROFILE_ID = make_id("00e", 62**4)
LICENCE_ID = make_id("100", 62**4)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `limited` users are bound by the permission switches; people in the CRM (control's edits) are not."""

    user_id: str
    limited: bool = True
    options: Mapping[str, str] = field(default_factory=dict)


class Org:
    """One Salesforce org."""

    def __init__(
        self, store: Store, schema: Schema, clock: Clock, switches: Switches, settings: Mapping[str, Any]
    ) -> None:
        self.store = store
        self.schema = schema
        self.clock = clock
        self.switches = switches
        self.cursors = Cursors()
        self.jobs = Jobs()
        self.writes = 0
        self.set_password: Callable[[str, str], None] = lambda _user, _password: None
        self.at: datetime | None = None
        self.zone = ZoneInfo(str(settings.get("time_zone", "UTC")))
        store.zone = self.zone
        self.locale = str(settings.get("locale", "en_US"))
        store.sort_by(self.locale)
        self.name = str(settings.get("organization_name", "Acme Ltd"))
        self._archived_on: str | None = None
        self.metadata_changed = self.now()
        from .behaviour.choices import Choices
        from .behaviour.deletelog import DeleteLog
        from .behaviour.viewed import Viewed
        from .late import LateWrites

        self.late = LateWrites(self)
        self.deletes = DeleteLog(self)
        self.choices = Choices(self)
        self.viewed = Viewed(self)
        store.con.create_function("ORG_NOW", 0, self.stamp)
        store.con.create_function("ORG_TODAY", 0, self.today)
        for name in schema.views:
            store.con.execute(view_sql(name))

    def now(self) -> datetime:
        """The present second; for a late write the second at which it was begun."""
        return self.at or self.clock.now().astimezone(UTC).replace(microsecond=0)

    def tell_of_itself(self) -> None:
        """Have the definitions there as records, once somebody asks for them."""
        schema, changed = self.schema, print_datetime(self.metadata_changed)
        about.write(self.store.con, schema.objects, schema.about, changed)

    def tick(self) -> None:
        """What the org does by itself as time goes by: late commits, bulk jobs, purges."""
        now = self.now()
        self.late.tick(now)
        self.jobs.tick(now, float(self.switches["bulk_wait_s"]))
        self.deletes.tick(now)

    def stamp(self) -> str:
        """The present second as audit fields hold it."""
        return print_datetime(self.now())

    def today(self) -> str:
        """The user's present day."""
        return self.now().astimezone(self.zone).date().isoformat()

    def user(self, user_id: str) -> Row | None:
        """Find a user."""
        return self.store.get("User", user_id)

    def exists(self, names: tuple[str, ...], record_id: str) -> tuple[SObject, Row] | None:
        """Find a record by id among some objects, deleted ones included."""
        for made in self.schema.of_id(record_id):
            if made.name in names:
                row = self.store.get(made.name, record_id)
                if row is not None:
                    return made, row
        return None

    def archive(self, *, again: bool = False) -> None:
        """Once a day of the clock: old activities leave ordinary queries. [reference 11.1]"""
        days = int(self.switches["archive_days"] or 0)
        today = self.today()
        if self._archived_on == f"{today}/{days}" and not again:
            return
        self._archived_on = f"{today}/{days}"
        edge = (self.now() - timedelta(days=days)).date().isoformat() if days else "0001-01-01"
        with self.store.lock:
            con = self.store.con
            old = 'IFNULL("StartDateTime" < ?, 0)'
            con.execute(
                f'UPDATE "Event" SET "IsArchived" = {old} WHERE "IsArchived" <> {old}',
                (edge, edge),
            )
            closed = '("IsClosed" = 1 AND IFNULL("CompletedDateTime", IFNULL("ActivityDate", "LastModifiedDate")) < ?)'
            con.execute(f'UPDATE "Task" SET "IsArchived" = {closed} WHERE "IsArchived" <> {closed}', (edge, edge))


class UserAccess:
    """What one actor may see: the schema through the permission switches."""

    def __init__(self, org: Org, actor: Actor) -> None:
        self.org = org
        self.allowed = Permissions(org, actor)
        self._hidden_objects = {n.lower() for n in self.allowed["hidden_objects"]}
        self._hidden = {(o.lower(), f.lower()) for o, fields in self.allowed["hidden_fields"].items() for f in fields}

    @property
    def sees_all(self) -> bool:
        """Whether the user's profile has View All Data."""
        user = self.org.user(self.allowed.actor.user_id) or {}
        profile = self.org.store.get("Profile", str(user.get("ProfileId"))) or {}
        return bool(profile.get("PermissionsViewAllData")) or not self.allowed.actor.limited

    def sobject(self, name: str) -> SObject | None:
        """Find an object that the user may read."""
        found = None if name.lower() in self._hidden_objects else self.org.schema.get(name)
        if found is not None and found.name in self.org.schema.about:
            self.org.tell_of_itself()
        return found

    def any(self, name: str) -> SObject:
        """An object that exists, whoever asks."""
        return self.org.schema.objects[name]

    def field(self, made: SObject, name: str) -> Field | None:
        """Find a field that the user may read."""
        if (made.name.lower(), name.lower()) in self._hidden:
            return None
        return made.get(name)

    def shared(self, made: SObject, alias: str) -> str:
        """The SQL that leaves out records which are not shared with the user; empty when all are."""
        return self.allowed.shared_sql(made, alias)

    def fields(self, made: SObject) -> list[Field]:
        """All fields that the user may read, in describe order."""
        return [f for f in made.fields if (made.name.lower(), f.name.lower()) not in self._hidden]


def same_id(given: str) -> str | None:
    """Bring an id of 15 or 18 characters to the stored form."""
    return canonical(given)
