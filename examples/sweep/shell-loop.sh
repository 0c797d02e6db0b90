#!/bin/sh
# Starts workers on hosts that ssh reaches, and waits for them. Usage: shell-loop.sh STORAGE HOST...
set -eu
storage=$1
shift
for host in "$@"; do
  ssh "$host" "arenafit sweep --join '$storage' --workers \$(nproc)" &
done
wait
