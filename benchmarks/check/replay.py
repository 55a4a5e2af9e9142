"""The floor of a pull: the requests that it sent, sent again by a client that parses the answers and keeps nothing.

Run in a process of its own: `python -m benchmarks.check.replay CONTROL_URL SINCE UNTIL` prints one JSON line.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from typing import Any

import requests

from trueup.twin.testing import Control

_KEPT = ("accept", "content-type", "sforce-query-options")


def main() -> None:
    """Send them all, one after another."""
    url, since, until = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    control = Control(url)
    ready: Mapping[str, Any] = control.call("GET", "/credentials")
    sent = [r for r in control.requests(since=since) if r["seq"] <= until and "/oauth2/" not in r["path"]]
    control.close()
    done = read = 0
    with requests.Session() as http:
        http.trust_env = False
        for one in sent:
            known = ready[one["side"]]
            headers = {k: v for k, v in one["headers"].items() if k.lower() in _KEPT}
            headers["Authorization"] = f"Bearer {known['access_token']}"
            path = one["path"] + (f"?{one['query']}" if one["query"] else "")
            body = one["body"].encode() or None
            while True:
                answer = http.request(one["method"], known["url"] + path, data=body, headers=headers, timeout=600)
                if answer.status_code != 429:
                    break
                time.sleep(0.2)  # the limit of a second; waiting costs no CPU
            if "json" in answer.headers.get("content-type", ""):
                answer.json()
            done, read = done + answer.ok, read + len(answer.content)
    print(json.dumps({"requests": len(sent), "answered": done, "MB": round(read / 1e6, 1)}))


if __name__ == "__main__":
    main()
