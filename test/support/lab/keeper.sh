#!/bin/bash
# keeper.sh SECONDS FOLDER COMMAND...: runs COMMAND, a kernel, until it ends, SECONDS have passed or
# standard input closes. In the last two cases kills all of it and removes FOLDER. Started with a
# pipe as standard input it leaves nothing behind, however its parent ended.
limit=$1
folder=$2
shift 2
exec 9<&0 </dev/null
"$@" 9<&- &
kernel=$!

kill_kernel() {
  # The kernel makes itself the leader of a process group, which its guests' processes share.
  kill -KILL -- "-$kernel" "$kernel" 2>/dev/null
}

(
  read -r -t "$limit" -u 9 _
  rm -rf -- "$folder"
  kill_kernel
) &
watcher=$!
wait "$kernel"
kill_kernel
kill "$watcher" 2>/dev/null
exit 0
