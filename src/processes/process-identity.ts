import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';

/**
 * The time when a process started, in clock ticks since boot (proc(5), stat, field 22); `undefined`
 * for no process.
 */
export async function startTicksOf(pid: number): Promise<string | undefined> {
  const [state, ...fields] = await statOf(pid);
  // A zombie has ended; nobody has asked how.
  return state === 'Z' ? undefined : fields[18];
}

/** Tells whether a process is stopped (SIGSTOP, Ctrl-Z, a debugger): alive, and doing nothing. */
export async function isStopped(pid: number): Promise<boolean> {
  const [state = ''] = await statOf(pid);
  return /^[Tt]$/.test(state);
}

/** The fields of a process from the third on, its state; none for no process. */
async function statOf(pid: number): Promise<readonly string[]> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name, field 2, is in parentheses and may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

/** The login name of the user of this process, or its number where there is no name. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user that is in no list, as in many containers.
    return String(process.getuid?.() ?? '');
  }
}
