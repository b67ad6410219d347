#!/bin/sh
# First process of a kernel that is only started to see whether it runs here.
echo 'the kernel runs'
mount -t proc proc /proc
echo o >/proc/sysrq-trigger
sleep 5
