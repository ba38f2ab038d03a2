#!/usr/bin/env bash
# Copy a release to the servers.
set -euo pipefail

release=${1:?which release?}
servers=(shop1.orchard.example shop2.orchard.example)

for server in "${servers[@]}"; do
  rsync --archive --dry-run "build/$release/" "deploy@$server:/srv/orchard/"
done
read -r -p "Copy for real? " answer
[[ $answer == yes ]] || exit 1
for server in "${servers[@]}"; do
  rsync --archive "build/$release/" "deploy@$server:/srv/orchard/"
done
