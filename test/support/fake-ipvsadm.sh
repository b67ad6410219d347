#!/bin/bash
# The fake `ipvsadm`: asks the server of fake-ipvsadm-server.ts, whose port stands beside it. A shell
# starts in a twentieth of the time of a node, and the tests start thousands.
read -r port <"${BASH_SOURCE%/*}/port"
PATH=/usr/bin:/bin
exec 3<>"/dev/tcp/127.0.0.1/$port"
printf '%s\0' "$#" "$FAKE_IPVSADM_CALLS" "$FAKE_IPVSADM_FAULTS" "$@" >&3
for word; do
  [ "$word" = -R ] && { base64 -w0 >&3; break; }
done
printf '\0' >&3
read -r code stdout stderr <&3
[ "$code" = killed ] && kill -KILL $$
[ "$stdout" = 0 ] || head -c "$stdout" <&3
[ "$stderr" = 0 ] || head -c "$stderr" <&3 >&2
exit "$code"
