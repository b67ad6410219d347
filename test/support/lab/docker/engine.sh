#!/bin/sh
# engine.sh KIT: what a Docker engine wants of the machine, inside the lab, in the director's namespace; then the
# engine itself, in place of this shell.
set -eu
mount -t overlay overlay /usr -o "ro,lowerdir=$1/usr:/usr"
mkdir -p /run/etc/upper /run/etc/work /dev/pts /dev/mqueue
mount -t overlay overlay /etc -o "lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work"
for folder in /opt /srv; do mount -t tmpfs tmpfs "$folder"; done
mountpoint -q /dev/pts || mount -t devpts devpts /dev/pts -o ptmxmode=666
mount -t mqueue mqueue /dev/mqueue
mount -t cgroup2 cgroup2 /sys/fs/cgroup
modprobe -a br_netfilter iptable_nat iptable_filter xt_MASQUERADE xt_addrtype xt_conntrack nf_nat
# containerd, which it starts, calls its shims and runc by the PATH.
PATH=/usr/sbin:/usr/bin:/sbin:/bin TMPDIR=/dev/shm
export PATH TMPDIR
exec dockerd --storage-driver overlay2 --exec-opt native.cgroupdriver=cgroupfs --userland-proxy=false 2>&1
