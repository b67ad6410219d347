import { readFile } from 'node:fs/promises';

/**
 * The time when a process started, in clock ticks since boot (proc(5), stat, field 22); `undefined`
 * for no process.
 */
export async function startTicksOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name, field 2, is in parentheses and may hold anything.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended; nobody has asked how.
    return state === 'Z' ? undefined : fields[18];
  } catch {
    return undefined;
  }
}
