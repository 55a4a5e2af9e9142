"""Replays recorded exchanges against a twin brought to an equal state, and says what differs in status and shape.

Equal state: what a recorded answer shows and nobody made in the recording is laid into the twin before the call. Ids that
the real org gave out are swapped for those that the twin gave out.
"""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus, urlsplit

import yaml
from salesforce_bench import Bench

from trueup.twin.salesforce.org import ORG_ID

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "recordings" / "salesforce"
_ID = re.compile(r"\b[0-9a-zA-Z]{15}(?:[0-9A-Z]{3})\b")
_VERSION = "52.0"


def _include(entry: Any) -> Any:
    """One interaction of a CumulusCI cassette, or None where the file is not in this half."""
    if "include_file" in entry:
        path = FOLDER / "cumulusci" / entry["include_file"]
        return yaml.safe_load(path.read_text("utf-8")) if path.exists() else None
    return entry


def _text(body: Any) -> Any:
    """A recorded body; templates are filled."""
    if isinstance(body, dict) and "include_template" in body:
        template = (FOLDER / "cumulusci" / "vcr_string_templates" / body["include_template"]).read_text("utf-8")
        given = body.get("vars", {})
        return re.sub(r"\{(\w+)(?::(\w+))?\}", lambda m: str(given.get(m.group(1), m.group(2) or "")), template)
    return body


def _chunked(body: str) -> str:
    """Some recorded bodies kept the chunk lengths of the wire."""
    if not re.match(r"^[0-9a-f]+\r\n", body):
        return body
    return "".join(re.findall(r"[0-9a-f]+\r\n(.*?\r\n)\r\n", body, re.DOTALL))


def load(name: str) -> list[dict[str, Any]]:
    """The interactions of a recording: method, path, body, status, answer (parsed when it is JSON)."""
    path = FOLDER / name
    out = []
    if path.suffix == ".json":
        for turn in json.loads(path.read_text("utf-8"))["interactions"]:
            request, response = turn["request"], turn["response"]
            out.append((request["method"], request["uri"], request["body"], response["status"], response["body"]))
    else:
        whole = yaml.safe_load(path.read_text("utf-8"))
        for entry in whole.get("interactions", [whole]):
            turn = _include(entry)
            if turn is None:
                continue
            request, response = turn["request"], turn["response"]
            body = _text(response["body"]["string"])
            with contextlib.suppress(AttributeError, ValueError):
                body = json.loads(body.replace("vxx.0", f"v{_VERSION}"))
            uri = request["uri"].replace("async/vxx.0", f"async/{_VERSION}").replace("vxx.0", f"v{_VERSION}")
            sent = request["body"]
            if isinstance(sent, str):
                sent = _chunked(sent).replace("vxx.0", f"v{_VERSION}")
                if sent.startswith("{"):
                    sent = json.loads(sent)
            out.append((request["method"], uri, sent, response["status"]["code"], body))
    return [
        {"method": m, "path": "/services" + u.split("/services", 1)[1], "body": b, "status": s, "answer": a}
        for m, u, b, s, a in out
    ]


def settings_of(turns: list[dict[str, Any]]) -> dict[str, Any]:
    """The custom fields that a recorded describe shows, as the world file declares them."""
    fields: dict[str, list[dict[str, Any]]] = {}
    for turn in turns:
        answer = turn["answer"]
        if not turn["path"].endswith("/describe") or not isinstance(answer, dict) or answer["name"] in fields:
            continue
        if answer["name"] not in {"Account", "Contact", "Lead", "Campaign", "Opportunity"}:
            continue
        fields[answer["name"]] = [
            {"name": f["name"], "label": f["label"], "type": f["type"], "length": f["length"], "precision": f["precision"],
             "scale": f["scale"], "external_id": f["externalId"], "unique": f["unique"], "restricted": f["restrictedPicklist"],
             "values": [v["value"] for v in f["picklistValues"]], "refers_to": f["referenceTo"]}
            for f in answer["fields"] if f["custom"]
        ]  # fmt: skip
    return {"custom_fields": fields}


class Replay:
    """One recording on one twin."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.ours: dict[str, str] = {}
        self.known: set[str] = set()

    def swap(self, text: str) -> str:
        """Our ids, names and secrets in place of the recorded ones."""
        for real, mine in self.ours.items():
            text = text.replace(real, mine)
        text = text.replace("00D0xORGID00000000", ORG_ID)
        known = self.bench.known
        text = text.replace("00DREDACTED!REDACTED", known["access_token"])
        text = text.replace("<username>user@example.com", f"<username>{known['username']}")
        return text.replace("<password>REDACTED", f"<password>{known['password']}{known['security_token']}")

    def prepare(self, turn: dict[str, Any]) -> None:
        """Lay into the twin what the recorded answer shows and the twin does not have."""
        answer = turn["answer"]
        sent = unquote_plus(turn["path"])
        if turn["status"] != 200 or turn["method"] != "GET" or not isinstance(answer, dict):
            return
        rows = answer.get("records") if "records" in answer else [answer] if "Id" in answer else []
        by_type: dict[str, list[dict[str, Any]]] = {}
        for row in rows or ():
            url = (row.get("attributes") or {}).get("url")
            if not url:
                continue
            name, real = row["attributes"]["type"], url.rpartition("/")[2]
            if real in self.ours or real in self.known:
                continue
            self.known.add(real)
            made = self.bench.side.schema.get(name)
            if made is None or self.bench.side.get(name, real) is not None:
                continue
            flat = {k: v for k, v in row.items() if not isinstance(v, dict) and (f := made.get(k)) and f.stored}
            for f in made.fields:
                if f.required and flat.get(f.name) is None:
                    flat[f.name] = "x" if not f.choices else f.choices[0].value
            wheres = re.findall(r"WHERE (\w+) = '([^']*)'", sent)
            flat |= {k: v for k, v in wheres if flat.get(k) in {None, "x"}}
            by_type.setdefault(name, []).append({**flat, "Id": real})
        for name, loaded in by_type.items():
            self.bench.side.load(name, loaded)

    def play(self, turn: dict[str, Any]) -> list[str]:
        """Send one recorded request; returns what differs."""
        self.prepare(turn)
        path = self.swap(turn["path"])
        headers: dict[str, Any] = {}
        data = None
        if turn["body"] is not None:
            is_text = isinstance(turn["body"], str)
            data = self.swap(turn["body"] if is_text else json.dumps(turn["body"]))
            xml = is_text and data.lstrip().startswith("<")
            headers["Content-Type"] = ("text/xml" if "/Soap/" in path else "application/xml") if xml else "text/csv" if is_text else "application/json"  # fmt: skip
            if "/Soap/" in path:
                headers["SOAPAction"] = '""'
        if "/services/async" in path:
            headers |= {"X-SFDC-Session": self.bench.known["access_token"], "Authorization": None}
        got = self.bench.http.request(
            turn["method"], self.bench.url + path, data=None if data is None else data.encode(), headers=headers
        )
        where = f"{turn['method']} {urlsplit(turn['path']).path.split('.0', 1)[-1]}"
        if got.status_code != turn["status"]:
            return [f"{where}: status {got.status_code}, recorded {turn['status']}: {got.text[:200]}"]
        if turn["answer"] is None:
            return []
        if isinstance(turn["answer"], str):
            return [f"{where}: {d}" for d in self._texts(turn["answer"], got.text)]
        mine = got.json()
        diffs = self._compare(turn["answer"], mine, "")
        return [f"{where}{d}" for d in diffs]

    def _texts(self, real: str, mine: str) -> list[str]:
        """XML by its elements, CSV by its header and the flags of its rows."""
        import xml.etree.ElementTree as ET

        self._learn(real, mine)
        if real.lstrip().startswith("<"):
            a, b = ([e.tag for e in ET.fromstring(t.strip()).iter()] for t in (real, mine))
            return [] if a == b else [f"elements {b}, recorded {a}"]
        a, b = ([re.sub(r'"\w{18}"', '"id"', x) for x in t.strip().splitlines() if x.strip()] for t in (real, mine))
        return [] if a == b else [f"lines {b}, recorded {a}"]

    def _learn(self, real: str, mine: str) -> None:
        for a, b in zip(_ID.findall(real), _ID.findall(mine), strict=False):
            if a[:3] == b[:3] and a not in self.known:
                self.ours.setdefault(a, b)

    def _compare(self, real: Any, mine: Any, at: str) -> list[str]:
        if real is None or mine is None:
            return []
        if isinstance(real, dict) and isinstance(mine, dict):
            out = []
            kind = (real.get("attributes") or {}).get("type", "") if isinstance(real.get("attributes"), dict) else ""
            for key in real:
                if key not in mine:
                    out.append(f"{at}.{kind}.{key}: missing")
                else:
                    out += self._compare(real[key], mine[key], f"{at}.{key}")
            return out + [f"{at}.{kind}.{key}: not recorded" for key in mine if key not in real]
        if isinstance(real, list) and isinstance(mine, list):
            if len(real) != len(mine):
                return [f"{at}: {len(mine)} items, recorded {len(real)}"]
            return [d for a, b in zip(real, mine, strict=True) for d in self._compare(a, b, at + "[]")]
        if type(real) is not type(mine) and not (isinstance(real, int | float) and isinstance(mine, int | float)):
            return [f"{at}: {type(mine).__name__}, recorded {type(real).__name__}"]
        if isinstance(real, str) and _ID.fullmatch(real) and isinstance(mine, str) and _ID.fullmatch(mine):
            self._learn(real, mine)
        last = at.rpartition(".")[2]
        words = {"statusCode", "errorCode", "message", "success", "created", "done", "httpStatusCode", "referenceId"}
        if last in words and self.swap(str(real)) != str(mine):
            return [f"{at}: {mine!r}, recorded {real!r}"]
        return []
