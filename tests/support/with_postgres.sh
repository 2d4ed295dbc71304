#!/bin/sh
# tests/support/with_postgres.sh COMMAND...: runs the command beside a private, empty PostgreSQL and takes
# it down again. The server listens on a Unix socket in a temporary folder only. The command finds
#   SW_PG_ODBC    an ODBC connection string to the database `hospital`
#   PGHOST, PGPORT, PGUSER, PGDATABASE    the same for psql
# Exit code: the command's; 77 (skipped) where PostgreSQL or its ODBC driver is not installed.
set -eu
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || { echo "no PostgreSQL here"; exit 77; }
driver=$(sed -n 's/^\[\(PostgreSQL Unicode\)\]$/\1/p' /etc/odbcinst.ini 2>/dev/null | head -n 1)
[ -n "$driver" ] || { echo "no PostgreSQL ODBC driver here"; exit 77; }

folder=$(mktemp -d "${TMPDIR:-/tmp}/suwen-pg.XXXXXX")
chmod 755 "$folder"
as() { # PostgreSQL refuses to run as root
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid postgres --regid postgres --clear-groups "$@"
    else
        "$@"
    fi
}
[ "$(id -u)" != 0 ] || chown postgres "$folder"
stop() {
    as "$bin/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT TERM

cd "$folder"
as "$bin/initdb" -D "$folder/data" -U suwen -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$folder/initdb.log" 2>&1 ||
    { cat "$folder/initdb.log"; exit 1; }
as "$bin/pg_ctl" -D "$folder/data" -w -l "$folder/server.log" \
    -o "-k $folder -c listen_addresses= -c fsync=off -c shared_buffers=32MB" start >/dev/null ||
    { cat "$folder/server.log"; exit 1; }
cd - >/dev/null

export PGHOST="$folder" PGPORT=5432 PGUSER=suwen PGDATABASE=hospital
as "$bin/createdb" hospital
export SW_PG_ODBC="Driver={$driver};Servername=$folder;Port=5432;Database=hospital;Username=suwen"
"$@"
