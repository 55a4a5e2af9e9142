#!/usr/bin/env bash
# A private PostgreSQL server for tests and benchmarks: its own folder, its own port on loopback, nothing shared with
# a server that may already run here.
#
#   tools/postgresql.sh start DIR   make and start a server in DIR (which it creates); prints one line, its SQLAlchemy URL
#   tools/postgresql.sh stop DIR    stop it and remove DIR
#
# Exit code 3 means: there is no PostgreSQL here and none could be installed; the reason is on standard error. PostgreSQL
# refuses to run as root, so root lends the server to the user `postgres` (or `nobody`).
set -euo pipefail

say() { echo "postgresql: $*" >&2; }

find_bin() {
  local initdb
  if initdb=$(command -v initdb) && [ -x "$(dirname "$(readlink -f "$initdb")")/postgres" ]; then
    dirname "$(readlink -f "$initdb")"
    return
  fi
  # Debian and Ubuntu, Fedora, Homebrew; the newest version last
  local found
  found=$(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin \
    /usr/local/opt/postgresql*/bin 2>/dev/null | sort -V | while read -r dir; do
    [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ] && echo "$dir" || true
  done | tail -n 1)
  [ -n "$found" ] && echo "$found"
}

install_it() {
  [ "$(id -u)" = 0 ] || { say "not installed, and only root may install it (apt-get install postgresql)"; return 3; }
  command -v apt-get >/dev/null || { say "not installed, and there is no apt-get to install it with"; return 3; }
  say "not installed; installing it with apt-get"
  # The package must not start a server of its own: ours is private.
  mkdir -p /etc/postgresql-common
  [ -e /etc/postgresql-common/createcluster.conf ] ||
    echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
  { apt-get install -y -q postgresql || { apt-get update -q && apt-get install -y -q postgresql; }; } >&2 2>&1 ||
    { say "apt-get could not install it"; return 3; }
}

as_server() {
  if [ "$(id -u)" != 0 ]; then
    "$@"
  else
    # from a folder that the other user may enter
    (cd / && runuser -u "$(server_user)" -- "$@")
  fi
}

server_user() { if id postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi; }

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

start() {
  local dir=$1 bin port try
  bin=$(find_bin) || { install_it || exit 3; bin=$(find_bin) || { say "installed, but initdb is nowhere"; exit 3; }; }
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd)
  if [ "$(id -u)" = 0 ]; then
    chown "$(server_user)" "$dir"
    as_server test -w "$dir" || { say "the user $(server_user) cannot reach $dir"; exit 3; }
  fi
  chmod 700 "$dir"
  as_server "$bin/initdb" -D "$dir/data" -U trueup -A trust -E UTF8 --no-locale -N >"$dir/initdb.log" 2>&1 ||
    { tail -n 5 "$dir/initdb.log" >&2; say "initdb failed"; exit 1; }
  for try in 1 2 3 4 5; do # another program may take the port between choosing and using it
    port=$(free_port)
    # fsync off: what a crash of this server would lose is a test. Everything that a client sees is unchanged.
    if as_server "$bin/pg_ctl" -D "$dir/data" -w -t 30 -s -l "$dir/data/server.log" -o \
      "-h 127.0.0.1 -p $port -k '' -c fsync=off -c max_connections=60 -c shared_buffers=256MB -c max_wal_size=2GB" \
      start >/dev/null 2>&1 </dev/null; then
      echo "postgresql+psycopg://trueup@127.0.0.1:$port/postgres"
      return
    fi
  done
  as_server tail -n 5 "$dir/data/server.log" >&2 || true
  say "the server does not start"
  exit 1
}

stop() {
  local dir=$1 bin
  bin=$(find_bin) || exit 0
  if [ -e "$dir/data/postmaster.pid" ]; then
    as_server "$bin/pg_ctl" -D "$dir/data" -w -s -m immediate stop >/dev/null 2>&1 || true
  fi
  rm -rf "$dir"
}

case "${1:-}" in
start | stop)
  [ $# = 2 ] || { say "usage: $0 start|stop DIR"; exit 2; }
  "$1" "$2"
  ;;
*)
  say "usage: $0 start|stop DIR"
  exit 2
  ;;
esac
