/** Signals the process group of a detached command, whose process leads the group. */
export function signalGroup(leader: number | undefined, signal: NodeJS.Signals): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, signal);
  } catch {
    // ESRCH: all of it has ended. EPERM: it runs as root under sudo. Neither can be helped here.
  }
}

/** Tells whether a group has members; false once the last process has ended and been waited for. */
export function hasMembers(leader: number | undefined): boolean {
  if (leader === undefined) return false;
  try {
    process.kill(-leader, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
