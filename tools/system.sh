#!/usr/bin/env bash
# Brings what the tests need from the system: a PostgreSQL server, Chromium, Node for clients written for it, and Java for Spark. Where it may not install (not root, no
# apt), it prints the reason and the tests that need the missing piece skip; with CI=true that is an error instead.
set -uo pipefail

have_postgresql() { ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1; }
have_chromium() { command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1; }
have_java() { command -v java >/dev/null 2>&1; }
have_node() { command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1; }

missing=()
have_postgresql || missing+=(postgresql)
have_chromium || missing+=(chromium)
have_node || missing+=(nodejs npm)
have_java || missing+=(default-jre-headless)
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "system: installing ${missing[*]} (needed by the tests)"
  log=$(mktemp)
  if { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    exit 0
  fi
  echo "system: apt-get failed; its last lines:" >&2
  tail -n 5 "$log" >&2
else
  echo "system: cannot install ${missing[*]} here (not root, or no apt-get): the tests that need them will be skipped." >&2
fi
[ "${CI:-}" = true ] && exit 1
exit 0
