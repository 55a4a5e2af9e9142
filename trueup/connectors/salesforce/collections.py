"""Requests to composite/sobjects: up to 200 records, each succeeding or failing by itself (reference 8.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trueup.connectors.kit.transport import Effect
from trueup.connectors.salesforce import errors
from trueup.connectors.salesforce.client import Client
from trueup.connectors.salesforce.ids import to_18
from trueup.connectors.salesforce.receipts import ItemError, all_failed, done, item_error, not_done, refused, unreadable
from trueup.errors import CredentialsError, LimitError, RemoteError, UnavailableError
from trueup.model.changes import Change
from trueup.model.receipts import Outcome, Receipt


@dataclass(frozen=True, slots=True)
class Item:
    """One record of a request, and the changes that travel with it. `id` is "" for a record that is to be made."""

    changes: tuple[Change, ...]
    body: Mapping[str, Any]
    id: str = ""


def headers(client: Client) -> dict[str, str]:
    """Assignment rules run unless told not to, and would move the owner of what we create (reference 5.7)."""
    found = {"Sforce-Auto-Assign": "FALSE"}
    if client.options.save_despite_duplicates:
        found["Sforce-Duplicate-Rule-Header"] = "allowSave=true"
    return found


class Answered:
    """What came back for the items of one request: answers by item, or receipts where there is no answer."""

    def __init__(self) -> None:
        self.answers: list[tuple[Item, Mapping[str, Any]]] = []
        self.receipts: list[Receipt] = []


def send(
    client: Client, method: str, path: str, items: Sequence[Item], effect: Effect, *, by_url: bool = False
) -> Answered:
    """Send items in lots, repeating those records that only had to wait for another's lock.

    A record refused for a lock was not written, so sending it again is right for every effect. An answer is matched by
    the id it names; one for a record that was not asked for makes the whole answer unreadable.
    """
    found = Answered()
    for start in range(0, len(items), client.options.batch_size):
        waiting = list(items[start : start + client.options.batch_size])
        for attempt in range(1, client.transport.policy.attempts + 1):
            answers = _once(client, method, path, waiting, effect, by_url, found)
            waiting = []
            for item, answer in answers:
                error = item_error(answer)
                again = error is not None and _locked(error) and attempt < client.transport.policy.attempts
                if again:
                    waiting.append(item)
                else:
                    found.answers.append((item, answer))
            if not waiting:
                break
            client.transport.policy.sleep(client.transport.policy.wait_s(attempt, None))
    return found


def _locked(error: ItemError) -> bool:
    return errors.meaning(error.code, error.message).raises is UnavailableError


def _once(
    client: Client,
    method: str,
    path: str,
    items: Sequence[Item],
    effect: Effect,
    by_url: bool,
    found: Answered,
) -> list[tuple[Item, Mapping[str, Any]]]:
    changes = [c for item in items for c in item.changes]
    try:
        if by_url:
            params = {"ids": ",".join(item.id for item in items), "allOrNone": "false"}
            answer = client.send(method, path, effect, params=params, headers=headers(client))
        else:
            body = {"allOrNone": False, "records": [item.body for item in items]}
            answer = client.send(method, path, effect, json=body, headers=headers(client))
    except RemoteError as error:
        if isinstance(error, CredentialsError | LimitError) and not (found.answers or found.receipts):
            # Nothing was written and nothing will be: the caller need not try the rest of its plan here.
            raise
        found.receipts += all_failed(changes, error)
        return []
    if not isinstance(answer, list) or len(answer) != len(items):
        found.receipts += unreadable(changes, "Salesforce's answer does not have one result per record.")
        return []
    for item, one in zip(items, answer, strict=True):
        # Failures carry no id (reference 8.1), so what can be checked is checked.
        if item.id and one.get("id") and to_18(one["id"]) != to_18(item.id):
            found.receipts += unreadable(changes, f"Salesforce answered for {one['id']}, which was not asked for.")
            return []
    return list(zip(items, answer, strict=True))


def outcome(item: Item, answer: Mapping[str, Any], *, already: Mapping[str, str] | None = None) -> list[Receipt]:
    """Receipts of one answered item. `already` names codes that mean "this is so already", with their sentence."""
    error = item_error(answer)
    receipts = []
    for change in item.changes:
        if error is None:
            receipts.append(done(change, change.target))
        elif already and error.code in already:
            receipts.append(not_done(change, Outcome.ALREADY, error.code, already[error.code]))
        else:
            receipts.append(refused(change, error))
    return receipts
