#!/usr/bin/env bash
# What the entrypoint of the image `postgres` does, in its order, as far as the generated StatefulSet makes use of it.
set -Eeuo pipefail

if [[ ${1:0:1} == - ]]; then
  set -- postgres "$@"
fi

if [[ ! -s $PGDATA/PG_VERSION ]]; then
  mkdir -p "$PGDATA"
  chmod 00700 "$PGDATA"
  eval 'initdb --username="$POSTGRES_USER" --pwfile=<(printf "%s\n" "$POSTGRES_PASSWORD") '"$POSTGRES_INITDB_ARGS"
  # So the image's Postgres was built, and the sample that `initdb` copies was changed.
  printf "%s = '%s'\n" listen_addresses '*' unix_socket_directories /var/run/postgresql >>"$PGDATA/postgresql.conf"
  printf '\nhost all all all %s\n' "$(postgres -C password_encryption "${@:2}")" >>"$PGDATA/pg_hba.conf"
  export PGPASSWORD=$POSTGRES_PASSWORD PGUSER=$POSTGRES_USER
  pg_ctl -D "$PGDATA" -o "$(printf '%q ' "${@:2}" -c listen_addresses='' -p 5432)" -w start
  psql -v ON_ERROR_STOP=1 --no-password --no-psqlrc --dbname postgres --set db="$POSTGRES_DB" <<'END'
CREATE DATABASE :"db" ;
END
  pg_ctl -D "$PGDATA" -m fast -w stop
  unset PGPASSWORD PGUSER
fi

exec "$@"
