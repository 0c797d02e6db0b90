#!/bin/sh
# Starts a PostgreSQL from Debian (apt install postgresql) in a folder of its own, not as root, and prints its URL.
# Usage: postgres.sh FOLDER [PORT]; stop it with: pg_ctl -D FOLDER/data stop
set -eu
folder=$1
port=${2:-5433}
PATH=$PATH:$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
[ -d "$folder/data" ] || initdb -D "$folder/data" -U sweep -A scram-sha-256 --pwprompt >/dev/null
# For other machines add: -c listen_addresses='*', and their addresses to pg_hba.conf.
pg_ctl -D "$folder/data" -w -l "$folder/log" -o "-c port=$port -c unix_socket_directories=$folder" start >/dev/null
echo "postgresql://sweep:PASSWORD@localhost:$port/postgres"
