#!/usr/bin/env bash
# Makes .venv from the committed lock file and puts `trueup` into it. Leaves the system alone.
# Needs Python 3.11 or newer, and a package index that pip can reach.
set -euo pipefail
cd "$(dirname "$0")/.."

lock=requirements/dev.lock
stamp=.venv/.synced
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(cat "$lock" pyproject.toml | cksum)" ] && [ -x .venv/bin/trueup ]; then
  exit 0
fi

python=""
for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
  if command -v "$candidate" >/dev/null 2>&1 \
     && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python=$candidate
    break
  fi
done
[ -n "$python" ] || { echo "setup: needs Python 3.11 or newer; none was found on the PATH." >&2; exit 1; }

# uv resolves nothing here: it only installs what the lock file names, with its hashes checked.
uv=.build/uv/bin/uv
if [ ! -x "$uv" ]; then
  if command -v uv >/dev/null 2>&1; then
    uv=$(command -v uv)
  else
    echo "setup: fetching uv"
    mkdir -p .build
    "$python" -m pip install --quiet --disable-pip-version-check --target .build/uv uv
  fi
fi

[ -x .venv/bin/python ] || "$uv" venv --quiet --python "$python" .venv
echo "setup: installing $(grep -c '==' "$lock") locked packages into .venv"
VIRTUAL_ENV=.venv "$uv" pip sync --quiet --require-hashes "$lock"
VIRTUAL_ENV=.venv "$uv" pip install --quiet --no-deps --no-build-isolation --editable .
cat "$lock" pyproject.toml | cksum > "$stamp"
echo "setup: done, .venv/bin/trueup is ready"
