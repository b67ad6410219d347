/** A detached command leads a process group of its own, with the number of its process. */
export function signalGroup(leader: number | undefined, signal: NodeJS.Signals): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, signal);
  } catch {
    // ESRCH: all of it has ended. EPERM: it runs as root under sudo. Neither can be helped here.
  }
}

/** False once the last process of a group has ended and been waited for. */
export function hasMembers(leader: number | undefined): boolean {
  if (leader === undefined) return false;
  try {
    process.kill(-leader, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
