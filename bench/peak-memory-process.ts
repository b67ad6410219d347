import { readFileSync, writeFileSync } from 'node:fs';
import { parseListings } from '../src/ipvs/ipvsadm-parse.ts';
import { type PlanSize, planMaker } from './make-plan.ts';
import type { MeasuredWork, Memory } from './peak-memory.ts';

/** Does one piece of work and prints how much memory the process had for it. Linux only. */
const [work, argument = ''] = process.argv.slice(2);

function prepare(name: MeasuredWork): () => unknown {
  switch (name) {
    case 'parse-listing': {
      const text = readFileSync(argument, 'utf8');
      return () => parseListings(text);
    }
    case 'split-lines': {
      const text = readFileSync(argument, 'utf8');
      return () => text.split('\n');
    }
    case 'plan':
      return planMaker(JSON.parse(argument) as PlanSize);
  }
}

const run = prepare(work as MeasuredWork);
gc?.();
// From here on the peak is a new one (proc(5), clear_refs).
writeFileSync('/proc/self/clear_refs', '5');
const beforeBytes = residentBytes('VmRSS');
const kept = run();
const memory: Memory = { beforeBytes, peakBytes: residentBytes('VmHWM') };
process.stdout.write(`${JSON.stringify(memory)}\n`);
if (kept === undefined) process.exitCode = 1;

function residentBytes(field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync('/proc/self/status', 'utf8');
  const [, kilobytes] = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status) ?? [];
  return 1_024 * Number(kilobytes);
}
