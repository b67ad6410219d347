#!/bin/bash
# The fake `ipvsadm`: asks the server of fake-ipvsadm-server.ts, whose port stands beside it. A shell
# starts in a twentieth of the time of a node, the tests start thousands, and this one starts nothing itself.
LC_ALL=C
IFS=
read -r port <"${BASH_SOURCE%/*}/port"
exec 3<>"/dev/tcp/127.0.0.1/$port"
for word; do
  [ "$word" = -R ] && { read -r -d '' input; break; }
done
printf '%s\0' "$#" "$FAKE_IPVSADM_CALLS" "$FAKE_IPVSADM_FAULTS" "$@" "$input" >&3
IFS=' ' read -r code stdout stderr <&3
[ "$code" = killed ] && kill -KILL $$
[ "$stdout" = 0 ] || { read -r -N "$stdout" text <&3; printf %s "$text"; }
[ "$stderr" = 0 ] || { read -r -N "$stderr" text <&3; printf %s "$text" >&2; }
exit "$code"
