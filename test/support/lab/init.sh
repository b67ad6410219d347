#!/bin/sh
# First process inside the lab's kernel. The host's file system is the root, read-only; the only
# place both sides can write is the lab's folder. lab.env: see boot.ts.
. "$LAB_DIR/lab.env"
# A mount(8) of 2.39 and later names each option to the kernel, and hostfs has one without a name.
export LIBMOUNT_FORCE_MOUNT2=always
mount -t proc proc /proc
mount -t sysfs sysfs /sys
LD_LIBRARY_PATH=$LAB_KIT/usr/lib/x86_64-linux-gnu "$LAB_KIT/usr/sbin/insmod" \
  "$LAB_KERNEL/usr/lib/uml/modules/$(uname -r)/kernel/fs/overlayfs/overlay.ko"
# The kit's tools, their libraries and the kernel's modules appear in their usual places, whatever the host has.
mount -t overlay overlay /usr -o "ro,lowerdir=$LAB_KERNEL/usr:$LAB_KIT/usr:/usr"
for dir in /run /tmp /var/lib /var/tmp; do
  mount -t tmpfs tmpfs "$dir"
done
# Folders that one of these mounts now hides.
for dir in "$LAB_DIR" "$LAB_REPO" "$LAB_NODE_DIR"; do
  [ -e "$dir" ] || { mkdir -p "$dir" && mount -t hostfs none "$dir" -o "ro,$dir"; }
done
mount -t hostfs none "$LAB_DIR" -o "rw,$LAB_DIR"
mkdir -p /run/home /dev/shm
mount -t tmpfs tmpfs /dev/shm
export HOME=/run/home PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
export NODE="$LAB_NODE_DIR/node"
# The files that both sides see are those of the user outside: root in here acts for that user.
SUDO_UID=$(stat -c %u "$LAB_DIR")
export SUDO_UID
unset LAB_KIT LAB_KERNEL
ip link set lo up
echo "up $(cut -d' ' -f1 /proc/uptime)"
sh "$LAB_DIR/topology.sh" || { echo "topology.sh failed"; echo o >/proc/sysrq-trigger; sleep 5; }
echo "topology $(cut -d' ' -f1 /proc/uptime)"
stty -F /dev/ttyS0 raw -echo
nsenter --net=/run/netns/director "$NODE" "$LAB_REPO/test/support/lab/guest/agent.mjs" /dev/ttyS0
echo o >/proc/sysrq-trigger
sleep 5
