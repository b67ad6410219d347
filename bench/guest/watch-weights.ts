import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

interface Options {
  /** The process that answers for the servers that are to be found down. */
  readonly pid: number;
  /** Their port, and how many they are. */
  readonly port: number;
  readonly servers: number;
  readonly everyMs: number;
  readonly atMostMs: number;
}

/**
 * Kills what answers for some servers, and prints after how many milliseconds each of them has weight 0 in the
 * table, to the next look.
 */
const { pid, port, servers, everyMs, atMostMs } = JSON.parse(process.argv[2] ?? '') as Options;
const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
const found = new Map<string, number>();
process.kill(pid, 'SIGKILL');
const startMs = performance.now();
while (found.size < servers && performance.now() - startMs < atMostMs) {
  await sleep(everyMs);
  const text = readFileSync('/proc/net/ip_vs', 'utf8');
  const nowMs = performance.now() - startMs;
  for (const line of text.split('\n')) {
    const [arrow, server = '', , weight] = line.trim().split(/\s+/);
    if (arrow === '->' && weight === '0' && server.endsWith(suffix) && !found.has(server))
      found.set(server, nowMs);
  }
}
process.stdout.write(JSON.stringify([...found.values()].map(Math.round)));
