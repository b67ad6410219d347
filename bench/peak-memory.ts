import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { root } from './root.ts';

export type MeasuredWork = 'parse-listing' | 'split-lines' | 'plan';

export interface Memory {
  /** With everything in place that the work needs. */
  readonly beforeBytes: number;
  readonly peakBytes: number;
}

/** How much memory a process of its own takes that does nothing but this. Linux only. */
export async function memoryOf(work: MeasuredWork, argument: string): Promise<Memory> {
  const entry = fileURLToPath(new URL('peak-memory-process.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', '--import', './bench/typescript.js', entry, work, argument],
    { cwd: root },
  );
  return JSON.parse(stdout) as Memory;
}

/** By how many bytes the process grew meanwhile. */
export const growthOf = ({ beforeBytes, peakBytes }: Memory): number =>
  Math.max(0, peakBytes - beforeBytes);
