"""Batch writes: every input with a trace id, every result and every error matched to its input, never by position.

HubSpot gives results in any order, may refuse a whole batch for one bad input, and leaves some inputs out without a
word (reference 6). So a refused batch is halved until the bad one stands alone, and an input without result and
without error has no fate here: the caller looks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trueup.connectors.hubspot import errors
from trueup.connectors.hubspot.client import Client, Json
from trueup.connectors.kit.transport import Effect
from trueup.errors import RefusedError, RemoteError

SIZE = 100

Fate = Json | RemoteError


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a batch. `trace` is unique in the call; `id` is the record's, or the unique value of an upsert.

    `ties` are the associations that a created record begins with; an upsert takes none (reference 6.3).
    """

    trace: str
    properties: Mapping[str, str]
    id: str = ""
    id_property: str = ""
    ties: Sequence[Json] = ()

    def json(self) -> Json:
        """As HubSpot takes it."""
        body: Json = {"properties": dict(self.properties), "objectWriteTraceId": self.trace}
        if self.id:
            body["id"] = self.id
        if self.id_property:
            body["idProperty"] = self.id_property
        if self.ties:
            body["associations"] = list(self.ties)
        return body


def send(client: Client, object: str, verb: str, inputs: Sequence[Input], effect: Effect) -> dict[str, Fate]:  # noqa: A002
    """Send inputs by `verb` (update, create, upsert) and tell each one's fate by its trace id."""
    fates: dict[str, Fate] = {}
    for start in range(0, len(inputs), SIZE):
        fates |= _send(client, object, verb, inputs[start : start + SIZE], effect)
    return fates


def _send(client: Client, object: str, verb: str, inputs: Sequence[Input], effect: Effect) -> dict[str, Fate]:  # noqa: A002
    body = {"inputs": [i.json() for i in inputs]}
    try:
        answer = client.send("POST", f"/crm/v3/objects/{object}/batch/{verb}", effect, body=body)
    except RefusedError as error:
        if len(inputs) == 1:
            return {inputs[0].trace: error}
        # Refused as a whole, nothing was written: find the one that HubSpot does not want.
        half = len(inputs) // 2
        return _send(client, object, verb, inputs[:half], effect) | _send(client, object, verb, inputs[half:], effect)
    except RemoteError as error:
        return {i.trace: error for i in inputs}
    fates: dict[str, Fate] = {}
    for error_ in answer.get("errors") or ():
        refusal = errors.of_item(error_, client.system)
        fates |= {i.trace: refusal for i in inputs if _concerns(error_, i)}
    for row in answer.get("results") or ():
        trace = _trace_of(row, inputs)
        if trace:
            fates[trace] = row
    return fates


def _trace_of(row: Mapping[str, Any], inputs: Sequence[Input]) -> str:
    """The input that a result belongs to, by trace id, by unique value, by record id; "" when none tells."""
    trace = str(row.get("objectWriteTraceId") or "")
    if trace:
        return trace if any(i.trace == trace for i in inputs) else ""
    properties = row.get("properties") or {}
    for input_ in inputs:
        told = properties.get(input_.id_property) if input_.id_property else row.get("id")
        if input_.id and str(told or "") == input_.id:
            return input_.trace
    return inputs[0].trace if len(inputs) == 1 else ""


def _concerns(error: Mapping[str, Any], input_: Input) -> bool:
    """Whether an error is about an input: it names trace ids, or record ids, as a list or alone."""
    context = error.get("context") or {}
    traces = _listed(context.get("objectWriteTraceId"))
    ids = _listed(context.get("ids")) | _listed(context.get("id"))
    return input_.id in ids if ids and not input_.id_property else input_.trace in traces


def _listed(value: Any) -> set[str]:
    if value is None:
        return set()
    return {str(v) for v in value} if isinstance(value, list | tuple) else {str(value)}
