#!/usr/bin/env bash
# Keep seven daily copies of the database.
set -euo pipefail

database=${1:-/var/lib/orchard/orchard.db}
target=/var/backups/orchard
day=$(date +%u)

mkdir -p "$target"
sqlite3 "$database" ".backup '$target/orchard-$day.db'"
echo "saved as orchard-$day.db"
