import { readdirSync, readFileSync } from 'node:fs';
import type { Lab } from '../test/support/lab/lab.ts';

const ticksPerS = 100;

/**
 * CPU time that the lab has used, in milliseconds: its kernel is a process of this machine with one
 * more for each process inside. Asked from here because the clock inside counts only in ticks of
 * 10 ms, which a short process may always miss or always hit.
 */
export function labCpuMs(lab: Lab): number {
  const all = readdirSync('/proc').flatMap((pid) =>
    /^\d+$/.test(pid) ? (readStat(pid) ?? []) : [],
  );
  // Its children have its arguments too, and once the numbers start again some have lower ones.
  const own = all.filter(({ pid }) => argumentsOf(pid).includes(`uml_dir=${lab.folder}`));
  const kernel = own.find(({ parent }) => !own.some(({ pid }) => pid === parent));
  if (!kernel) throw new Error('the process of the lab was not found');
  const inside = all.filter(({ parent }) => parent === kernel.pid);
  const ticks = [kernel.own + kernel.ended, ...inside.map(({ own }) => own)];
  return (ticks.reduce((sum, one) => sum + one, 0) * 1_000) / ticksPerS;
}

interface Stat {
  readonly pid: string;
  readonly parent: string;
  /** Of itself, in ticks. */
  readonly own: number;
  /** Of its children that have ended. */
  readonly ended: number;
}

function readStat(pid: string): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [own = 0, ended = 0] = [11, 13].map(
      (first) => Number(fields[first]) + Number(fields[first + 1]),
    );
    return { pid, parent: fields[1] ?? '', own, ended };
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}

function argumentsOf(pid: string): readonly string[] {
  try {
    const [program = '', ...rest] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return program.endsWith('linux.uml') ? rest : [];
  } catch {
    return [];
  }
}
