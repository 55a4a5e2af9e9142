"""The Salesforce connector's options, as declared in the policy under the system's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trueup.connectors.kit.base import Option
from trueup.errors import ConfigError

CLIENT_CREDENTIALS, JWT, PASSWORD = "client_credentials", "jwt", "password"
REFRESH_TOKEN, SESSION = "refresh_token", "session"

_NEEDED: Mapping[str, tuple[str, ...]] = {
    CLIENT_CREDENTIALS: ("auth.client_id", "auth.client_secret"),
    JWT: ("auth.client_id", "auth.username", "auth.private_key"),
    PASSWORD: ("auth.username", "auth.password"),
    REFRESH_TOKEN: ("auth.client_id", "auth.refresh_token"),
    SESSION: ("auth.session_id", "instance_url"),
}

OPTIONS: tuple[Option, ...] = (
    Option(
        "auth.flow",
        "How to log in: jwt, client_credentials and refresh_token need a connected app; password is SOAP login, which "
        "Salesforce ends in Summer '27, or OAuth's password grant where client_id and client_secret are given; session "
        "takes an access token that something else renews.",
        required=True,
        choices=tuple(_NEEDED),
    ),
    Option("auth.client_id", "Consumer key of the connected app, plain or by reference (all flows but session)."),
    Option("auth.client_secret", "Consumer secret of the connected app (client_credentials, password).", secret=True),
    Option("auth.username", "User to act as (jwt, password)."),
    Option("auth.password", "The user's password (password).", secret=True),
    Option("auth.security_token", "The user's security token, where no trusted IP range applies.", secret=True),
    Option("auth.private_key", "The key, in PEM, whose certificate the connected app holds (jwt).", secret=True),
    Option("auth.refresh_token", "A refresh token of the connected app (refresh_token).", secret=True),
    Option("auth.session_id", "An access token (session).", secret=True),
    Option(
        "auth.domain", "`login`, `test` for a sandbox, or the My Domain name as in acme.my.salesforce.com: acme.my."
    ),
    Option("instance_url", "The org's address, https://acme.my.salesforce.com; found by logging in when left out."),
    Option("login_url", "Where to log in, if not at Salesforce itself: a gateway, or a server on this machine."),
    Option("ca_file", "Certificate authorities in PEM, for a private one.", type="path"),
    Option("api_version", "REST and SOAP version to insist on, as in 59.0; agreed on with the org when left out."),
    Option("timeout_s", "Seconds to wait for an answer before its outcome counts as lost.", type="number", default=120),
    Option("page_size", "Rows a page, 200 to 2000; Salesforce may send fewer.", type="integer", default=2000),
    Option(
        "read_by",
        "How to read whole objects: `auto` takes what needs the fewest calls; query, composite and bulk insist.",
        default="auto",
        choices=("auto", "query", "composite", "bulk"),
    ),
    Option("bulk_page_rows", "Rows of a Bulk result fetched in one call.", type="integer", default=250_000),
    Option(
        "bulk_timeout_s",
        "Seconds to wait for Bulk jobs before their objects are read by queries instead.",
        type="integer",
        default=3600,
    ),
    Option("batch_size", "Records a write request, up to 200.", type="integer", default=200),
    Option(
        "overlap_s",
        "Seconds to look back behind the mark: rows that commit late carry an earlier stamp.",
        type="integer",
        default=600,
    ),
    Option(
        "formula_days",
        "Days after which an object with mapped formula fields is read whole again: they change without a trace.",
        type="integer",
        default=7,
    ),
    Option("create_key", "Unique external-id field that makes creates repeatable.", default="Trueup_Key__c"),
    Option(
        "save_despite_duplicates",
        "Save although a duplicate rule that only warns has struck.",
        type="boolean",
        default=False,
    ),
)


@dataclass(frozen=True, slots=True)
class Options:
    """The options with their types. Secrets are still references."""

    flow: str
    client_id: str
    client_secret: str
    username: str
    password: str
    security_token: str
    private_key: str
    refresh_token: str
    session_id: str
    domain: str
    instance_url: str
    login_url: str
    ca_file: str
    api_version: str
    timeout_s: float
    page_size: int
    read_by: str
    bulk_page_rows: int
    bulk_timeout_s: int
    batch_size: int
    overlap_s: int
    formula_days: int
    create_key: str
    save_despite_duplicates: bool

    @classmethod
    def read(cls, options: Mapping[str, object]) -> Options:
        """Raises ConfigError for a flow without what it needs, and for numbers outside what Salesforce takes."""

        def text(name: str) -> str:
            value = options.get(name, next(o.default for o in OPTIONS if o.name == name))
            return "" if value is None else str(value)

        flow = text("auth.flow")
        if flow not in _NEEDED:
            raise ConfigError(f"auth.flow must be one of {', '.join(_NEEDED)}, not {flow!r}.")
        missing = [name for name in _NEEDED[flow] if not text(name)]
        if missing:
            raise ConfigError(f"auth.flow {flow} needs {' and '.join(missing)}.")
        made = cls(
            flow=flow,
            client_id=text("auth.client_id"),
            client_secret=text("auth.client_secret"),
            username=text("auth.username"),
            password=text("auth.password"),
            security_token=text("auth.security_token"),
            private_key=text("auth.private_key"),
            refresh_token=text("auth.refresh_token"),
            session_id=text("auth.session_id"),
            domain=text("auth.domain"),
            instance_url=text("instance_url"),
            login_url=text("login_url"),
            ca_file=text("ca_file"),
            api_version=text("api_version").removeprefix("v"),
            timeout_s=float(text("timeout_s")),
            page_size=int(text("page_size")),
            read_by=text("read_by"),
            bulk_page_rows=int(text("bulk_page_rows")),
            bulk_timeout_s=int(text("bulk_timeout_s")),
            batch_size=int(text("batch_size")),
            overlap_s=int(text("overlap_s")),
            formula_days=int(text("formula_days")),
            create_key=text("create_key"),
            save_despite_duplicates=str(options.get("save_despite_duplicates", False)).lower() == "true",
        )
        if not 200 <= made.page_size <= 2000:
            raise ConfigError(f"page_size must be 200 to 2000, not {made.page_size}.")
        if made.bulk_page_rows < 1:
            raise ConfigError(f"bulk_page_rows must be 1 or more, not {made.bulk_page_rows}.")
        if not 1 <= made.batch_size <= 200:
            raise ConfigError(f"batch_size must be 1 to 200, not {made.batch_size}.")
        return made
