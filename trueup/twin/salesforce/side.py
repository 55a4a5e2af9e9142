"""The Salesforce side of the twin: one org, ready to be loaded, edited and served."""

# ruff: noqa: A002  (object and id are the words of the interface that all sides share)
from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from starlette.types import ASGIApp

from .app import Service
from .behaviour import delete as deleting
from .behaviour import merge as merging
from .behaviour import save
from .behaviour.rollups import Rollups
from .bootstrap import bootstrap
from .bulk.kept import Keeper
from .ids import canonical
from .kept import ended, keep
from .limits import Usage
from .metadata.model import SObject
from .metadata.schema import Schema
from .oauth import Credentials, OAuth
from .org import API_USER_ID, Actor, Clock, Org
from .sessions import Sessions, token_for
from .settle import settle
from .store import Commit, Row, Store
from .switches import Switches
from .users import add_users
from .values import to_json
from .wire import make_app

_MY_DOMAIN = "acme-trueup"


class Recorder(Protocol):
    """What hears of every committed write."""

    def commit(
        self,
        side: str,
        object: str,
        id: str,
        action: str,
        before: dict[str, Any] | None,
        after: dict[str, Any] | None,
    ) -> Any:
        """One write was made durable."""


class SalesforceSide:
    """A Salesforce org on loopback; `.app` is the ASGI application."""

    name = "salesforce"

    def __init__(self, db_path: str | Path, clock: Clock, recorder: Recorder, settings: Mapping[str, Any]) -> None:
        self.path = Path(db_path) if str(db_path) != ":memory:" else None
        self.settings = settings
        self.schema = Schema(settings)
        self.store = Store(db_path, self.schema)
        self.recorder = recorder
        self._switches = Switches(settings.get("switches"))
        self.org = Org(self.store, self.schema, clock, self._switches, settings)
        self.rollups = Rollups(self.org)
        self.store.on_write = self._written
        self.known = self._credentials()
        self.sessions = Sessions(self._secret("session-seed", lambda: secrets.token_hex(16)))
        self.preset_token = self._secret("access-token", lambda: token_for(secrets.token_hex(16)))
        self.sessions.add(self.preset_token, API_USER_ID, self.org.now(), preset=True)
        bootstrap(self.org, settings, self.known.username)
        self.known.others = add_users(self.org, settings.get("users") or (), self._user_secret)
        for login in self.known.others:
            self.sessions.add(login.access_token, login.user_id, self.org.now(), preset=True)
        if not self.empty:
            self.store.build_indexes()
        self.org.set_password = self._set_password
        self.usage = Usage()
        if self.path is not None:
            Keeper(self.org, self.usage, self.path.with_suffix(".bulk")).load()
        oauth = OAuth(self.org, self.sessions, self.known)
        self._at_end = keep(self.org, self.sessions, self.usage, oauth) if self.path is not None else lambda: None
        self.service = Service(self.org, self.sessions, oauth, self.usage)
        self.app: ASGIApp = make_app(self.service.answer)
        self.store.on_commit = self._commit

    def _written(self, sobject: str, before: Row | None, after: Row | None) -> None:
        self.org.deletes.moved(sobject, before, after)
        self.rollups.moved(sobject, before, after)

    # -- filling

    @property
    def empty(self) -> bool:
        """Whether no world has been loaded yet."""
        return self.store.meta("loaded") is None

    def load(self, object: str, rows: Iterable[Mapping[str, Any]]) -> int:
        """Bulk-load native rows as they are: no rules, no stamps. Call finish_loading() after the last."""
        return self.store.load(self._object(object), rows)

    def finish_loading(self) -> None:
        """Make the indexes, fill what the org derives, archive what is old."""
        self.store.build_indexes()
        settle(self.org)
        self.rollups.settle()
        self.org.deletes.fill()
        self.org.choices.fill()
        self.org.archive(again=True)
        self.store.remember("loaded", "1")

    # -- acting as somebody in the CRM

    def edit(self, object: str, id: str, values: Mapping[str, Any], user: str | None = None) -> None:
        """Change a record as a person in the interface: all rules, stamps and history, no permission switches."""
        self.org.late.run(lambda: save.update(self.org, self._person(user), self._object(object), id, values))

    def create(self, object: str, values: Mapping[str, Any], user: str | None = None) -> str:
        """Create a record as a person in the interface; returns its id."""
        return self.org.late.run(lambda: save.create(self.org, self._person(user), self._object(object), values))

    def delete(self, object: str, id: str, user: str | None = None) -> None:
        """Delete a record as a person in the interface."""
        self.org.late.run(lambda: deleting.delete(self.org, self._person(user), self._object(object), id))

    def undelete(self, object: str, id: str, user: str | None = None) -> None:
        """Bring a record back from the bin."""
        del object
        self.org.late.run(lambda: deleting.undelete(self.org, self._person(user), id))

    def merge(self, object: str, survivor: str, losers: Sequence[str], user: str | None = None) -> None:
        """Merge records as a person in the interface; the survivor's values stay."""
        self.org.late.run(lambda: merging.by_ids(self.org, self._person(user), object, survivor, losers))

    def _person(self, user: str | None) -> Actor:
        return Actor(canonical(user or "") or API_USER_ID, limited=False)

    def _object(self, name: str) -> SObject:
        found = self.schema.get(name)
        if found is None:
            raise KeyError(f"no Salesforce object named {name!r}")
        return found

    # -- looking

    def objects(self) -> list[str]:
        """The names of all objects."""
        return sorted(self.schema.objects)

    def dump(self, object: str) -> Iterator[dict[str, Any]]:
        """All rows of an object, deleted ones included, as JSON values, by id."""
        made = self._object(object)
        self._due()
        for row in self.store.rows(made.name):
            yield self._shown(made, row)

    def get(self, object: str, id: str) -> dict[str, Any] | None:
        """One row as JSON values, or None."""
        made = self._object(object)
        self._due()
        row = self.store.get(made.name, canonical(id) or id)
        return None if row is None else self._shown(made, row)

    def _due(self) -> None:
        """Commit the late writes whose time has come."""
        with self.store.lock:
            self.org.late.tick(self.org.now())

    @staticmethod
    def _shown(made: SObject, row: Row) -> dict[str, Any]:
        return {f.name: to_json(f.type, row.get(f.name)) for f in made.stored_fields}

    def _commit(self, commit: Commit) -> None:
        made = self.schema.objects[commit.sobject]
        before = None if commit.before is None else self._shown(made, commit.before)
        after = None if commit.after is None else self._shown(made, commit.after)
        self.recorder.commit(self.name, commit.sobject, commit.id, commit.action, before, after)

    # -- steering

    def switches(self) -> dict[str, Any]:
        """The present switches."""
        return self._switches.all()

    def set_switch(self, name: str, value: Any) -> None:
        """Set a switch; what describe shows may change with it."""
        self._switches.set(name, value)
        self.org.metadata_changed = self.org.now()

    def expire_sessions(self) -> None:
        """End every session at once, the configured one too."""
        self.sessions.expire_all()

    def expire_cursors(self) -> None:
        """End every query cursor at once."""
        self.org.cursors.clear()

    def empty_bin(self) -> int:
        """Purge what has lain in the recycle bin too long."""
        with self.store.lock:
            return deleting.empty_bin(self.org)

    # -- credentials

    def _secret(self, key: str, make: Any) -> str:
        configured = (self.settings.get("credentials") or {}).get(key.replace("-", "_"))
        value = configured or self.store.meta(f"secret:{key}")
        if value is None or (not configured and ended(self.store, str(value))):
            value = make()
        self.store.remember(f"secret:{key}", str(value))
        return str(value)

    def _user_secret(self, key: str, given: str | None, kind: str) -> str:
        makers = {
            "password": lambda: "pw-" + secrets.token_hex(8),
            "security-token": lambda: secrets.token_hex(12),
            "access-token": lambda: token_for(secrets.token_hex(16)),
        }
        return self._secret(key, (lambda: given) if given else makers[kind])

    def _set_password(self, user_id: str, new: str) -> None:
        """A user who can log in has another password from now on, after a restart too."""
        if user_id == self.known.user_id:
            self.known.password = new
            self.store.remember("secret:password", new)
        for login in self.known.others:
            if login.user_id == user_id:
                login.password = new
                self.store.remember(f"secret:password:{login.username}", new)

    def _credentials(self) -> Credentials:
        username = self._secret("username", lambda: "sync@acme.example")
        return Credentials(
            username=username,
            password=self._secret("password", lambda: "pw-" + secrets.token_hex(8)),
            security_token=self._secret("security-token", lambda: secrets.token_hex(12)),
            client_id=self._secret("client-id", lambda: "3MVG9" + secrets.token_hex(40)),
            client_secret=self._secret("client-secret", lambda: secrets.token_hex(32).upper()),
            refresh_token=self._secret("refresh-token", lambda: "5Aep861" + secrets.token_hex(40)),
            public_key=self.public_key,
            user_id=API_USER_ID,
        )

    def private_key(self) -> str:
        """The PEM key that JWT logins sign with; made when first asked for."""
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import rsa

        def make() -> str:
            key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            return key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ).decode()

        return self._secret("private-key", make)

    def public_key(self) -> bytes:
        """The PEM key that JWT assertions are checked against."""
        from cryptography.hazmat.primitives import serialization

        loaded = serialization.load_pem_private_key(self.private_key().encode(), password=None)
        return loaded.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def credentials(self, base_url: str, tls_url: str | None = None) -> dict[str, Any]:
        """This side's part of the line that `trueup twin serve` prints when ready."""
        pem = self.private_key()
        out: dict[str, Any] = {
            "url": base_url,
            "tls_url": tls_url,
            "my_domain": _MY_DOMAIN,
            "username": self.known.username,
            "password": self.known.password,
            "security_token": self.known.security_token,
            "access_token": self.preset_token,
            "refresh_token": self.known.refresh_token,
            "client_id": self.known.client_id,
            "client_secret": self.known.client_secret,
        }
        if self.known.others:
            out["users"] = [login.shown() for login in self.known.others]
        if self.path is not None:
            file = self.path.with_suffix(".key.pem")
            file.write_text(pem, encoding="ascii")
            file.chmod(0o600)
            out["private_key_file"] = str(file)
        return out

    def close(self) -> None:
        """Close the store; open writes are committed, jobs, sessions and counters are kept where the state is."""
        with self.store.lock:
            self.org.late.finish()
        self._at_end()
        self.org.jobs.close()
        self.store.close()
