#!/usr/bin/env bash
# Makes the database, and for each service named a role and a schema of its own.
#
#   deploy/postgres/init.sh FOLDER [SERVICE ...]
#
# FOLDER keeps the passwords, a file <service>.password (0600) each; those that are missing are made.
# Services: gateway, tickets and reporting unless named. How to reach PostgreSQL, as a superuser, comes
# from psql's own variables (PGHOST, PGPORT, PGUSER ...). Also KEFU_DATABASE (kefu).
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
folder="${1:?name the folder for the passwords}"
shift
services=("$@")
if [ ${#services[@]} = 0 ]; then services=(gateway tickets reporting); fi
mkdir -p "$folder"
for service in "${services[@]}"; do
  file="$folder/$service.password"
  if [ ! -s "$file" ]; then
    (umask 077 && od -An -N24 -tx1 /dev/urandom | tr -d ' \n' > "$file")
  fi
  KEFU_DB_PASSWORD="$(cat "$file")" psql -X -q -d postgres \
    -v service="$service" -v database="${KEFU_DATABASE:-kefu}" -f "$here/init.sql"
  echo "role kefu_$service owns schema $service; its password is in $file"
done
