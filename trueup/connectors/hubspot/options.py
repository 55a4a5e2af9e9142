"""The HubSpot connector's options, as declared in the policy under the system's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from trueup.connectors.kit.base import Option
from trueup.errors import ConfigError

PRIVATE_APP, OAUTH = "private_app", "oauth"

_NEEDED: Mapping[str, tuple[str, ...]] = {
    PRIVATE_APP: ("auth.token",),
    OAUTH: ("auth.client_id", "auth.client_secret", "auth.refresh_token"),
}

OPTIONS: tuple[Option, ...] = (
    Option(
        "auth.flow",
        "How to log in: private_app takes the token of a private app or a service key; oauth refreshes its own.",
        default=PRIVATE_APP,
        choices=tuple(_NEEDED),
    ),
    Option("auth.token", "Token of the private app or service key (private_app).", secret=True),
    Option("auth.client_id", "Client id of the app, plain or by reference (oauth)."),
    Option("auth.client_secret", "Client secret of the app (oauth).", secret=True),
    Option("auth.refresh_token", "Refresh token of the installed app (oauth).", secret=True),
    Option("base_url", "Where HubSpot's API is reached, if not at HubSpot itself.", default="https://api.hubapi.com"),
    Option("ca_file", "Certificate authorities in PEM, for a private one.", type="path"),
    Option("timeout_s", "Seconds to wait for an answer before its outcome counts as lost.", type="number", default=120),
    Option("page_size", "Records in a page of a list, up to 100.", type="integer", default=100),
    Option("search_page_size", "Records in a page of a search, up to 200.", type="integer", default=200),
    Option(
        "overlap_s",
        "Seconds to look back behind the mark: the search index lags by up to half a minute.",
        type="integer",
        default=300,
    ),
    Option(
        "sweep_days",
        "Days within which associations that changed alone are found, a part each night; 0: by full pulls only.",
        type="integer",
        default=30,
    ),
    Option("history", "Whether to read the history of lifecycle and deal stages.", type="boolean", default=True),
    Option("activities", "Whether to read calls, e-mails, meetings, notes and tasks.", type="boolean", default=True),
    Option("create_key", "Unique property that makes creates repeatable.", default="trueup_key"),
    Option("portal_id", "The account's number, for links to records; asked for when left out.", type="text"),
)


@dataclass(frozen=True, slots=True)
class Options:
    """The options, read once; what is secret is still a reference."""

    flow: str
    token: str
    client_id: str
    client_secret: str
    refresh_token: str
    base_url: str
    ca_file: str
    timeout_s: float
    page_size: int
    search_page_size: int
    overlap_s: int
    sweep_days: int
    history: bool
    activities: bool
    create_key: str
    portal_id: str


def read(given: Mapping[str, object], system: str) -> Options:
    """The options with their defaults. Raises ConfigError for those that do not go together."""
    values = {o.name: given.get(o.name) if given.get(o.name) is not None else o.default for o in OPTIONS}
    text = {name: "" if value is None else str(value) for name, value in values.items()}
    flow = text["auth.flow"]
    missing = [name for name in _NEEDED.get(flow, ()) if not text[name]]
    if flow not in _NEEDED:
        raise ConfigError(f"systems.{system}.auth.flow: {flow!r} is none of {', '.join(_NEEDED)}.")
    if missing:
        raise ConfigError(f"systems.{system}: auth.flow {flow} needs {' and '.join(missing)}.")
    return Options(
        flow=flow,
        token=text["auth.token"],
        client_id=text["auth.client_id"],
        client_secret=text["auth.client_secret"],
        refresh_token=text["auth.refresh_token"],
        base_url=_origin(text["base_url"], system),
        ca_file=text["ca_file"],
        timeout_s=float(text["timeout_s"]),
        page_size=_between(1, int(text["page_size"]), 100),
        search_page_size=_between(1, int(text["search_page_size"]), 200),
        overlap_s=max(0, int(text["overlap_s"])),
        sweep_days=max(0, int(text["sweep_days"])),
        history=bool(values["history"]),
        activities=bool(values["activities"]),
        create_key=text["create_key"],
        portal_id=text["portal_id"],
    )


def _origin(url: str, system: str) -> str:
    """Plain http is for this machine only: anywhere else it would show the token to the network."""
    parts = urlsplit(url)
    local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if parts.scheme not in ("http", "https") or not parts.hostname or (parts.scheme == "http" and not local):
        raise ConfigError(f"systems.{system}.base_url: {url!r} must be an https address (http on this machine only).")
    return url.rstrip("/")


def _between(low: int, value: int, high: int) -> int:
    return max(low, min(value, high))
