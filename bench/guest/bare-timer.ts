import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** Timers at absolute times, as bare as they come: how late each was, in milliseconds. */
export interface BareTimerOptions {
  readonly everyMs: number;
  readonly times: number;
  /** So long before each a listing is made, and waited for: what whoever looks before a step cannot do without. */
  readonly listBeforeMs?: number;
}

const { everyMs, times, listBeforeMs } = JSON.parse(process.argv[2] ?? '') as BareTimerOptions;
const startMs = performance.now();
const late: number[] = [];

const until = (atMs: number): Promise<void> => sleep(atMs - performance.now());

async function list(atMs: number): Promise<void> {
  await until(atMs);
  await once(spawn('ipvsadm', ['-Ln'], { stdio: ['ignore', 'ignore', 'inherit'] }), 'close');
}

for (let time = 1; time <= times; time++) {
  const dueMs = startMs + time * everyMs;
  if (listBeforeMs !== undefined) await list(dueMs - listBeforeMs);
  await until(dueMs);
  late.push(performance.now() - dueMs);
}
process.stdout.write(`${JSON.stringify(late)}\n`);
