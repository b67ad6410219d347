#!/usr/bin/env bash
# deploy.sh OLD NEW [option of drain...]: a hand-over with a line a step, and what its end means.
set -uo pipefail
old=$1 new=$2
shift 2

events=$(mktemp)
trap 'rm -f "$events"' EXIT

drain --from "$old" --to "$new" --output json "$@" | tee "$events" |
  jq --unbuffered -r 'select(.type == "step-applied") | "\(.service): step \(.step) of \(.of)"'
code=${PIPESTATUS[0]}

rollout=$(jq -r 'select(.type == "finished") | .rollout' "$events")
message=$(jq -r 'select(.type == "finished") | .message' "$events")

case $code in
  0) echo "done: $message" ;;
  4) echo "old servers are not empty yet: drain resume $rollout" ;;
  5) echo "the new servers are bad: $message" ;;
  2 | 3) echo "refused, nothing was changed: $message" ;;
  6 | 7 | 130 | 143) echo "held: drain resume $rollout, or drain rollback $rollout" ;;
  *) echo "exit code $code: $message" ;;
esac
exit "$code"
