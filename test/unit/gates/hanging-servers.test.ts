import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseCheck } from '../../../src/config/checks/check-spec.ts';
import { createChecks } from '../../../src/gates/create-gates.ts';
import type { Gate } from '../../../src/rollout/ports.ts';
import { about } from '../../support/asked-gate.ts';
import { eventually } from '../../support/eventually.ts';
import { listen } from '../../support/loopback-servers.ts';
import { startStopwatch } from '../../support/stopwatch.ts';

/** What this process has open, by kind, without the timers that a test's own waiting takes. */
const open = (): readonly string[] =>
  process
    .getActiveResourcesInfo()
    .filter((kind) => kind !== 'Timeout')
    .toSorted();

const children = (): string =>
  readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim();

async function checksOf(text: string, port: number, count: number): Promise<readonly Gate[]> {
  const spec = parseCheck(text);
  if (!spec.ok) throw new Error(spec.failure.what);
  const servers = Array.from({ length: count }, () => ({ address: '127.0.0.1', port }));
  const gates = await createChecks(spec.value, servers);
  if (!gates.ok) throw new Error(gates.failure.what);
  return gates.value;
}

describe('300 checks against a server that takes connections and says nothing', () => {
  it.each(['http', 'https'])(
    '%s: all end at their abort and leave nothing open',
    async (scheme) => {
      // It reads, because who does not never learns that the other end is gone.
      const server: Server = createServer((socket) => socket.resume());
      const port = await listen(server);
      const gates = await checksOf(`${scheme}://{address}:{port}/`, port, 300);
      const warned = vi.fn();
      process.on('warning', warned);
      const openBefore = open();
      const childrenBefore = children();

      const stop = new AbortController();
      let answered = 0;
      const answers = Promise.all(
        gates.map(async (gate) => {
          const answer = await gate.ask(about, stop.signal);
          answered++;
          return answer;
        }),
      );
      await eventually(async () => expect(await connections(server)).toBe(300));
      expect(answered).toBe(0);
      expect(children()).toBe(childrenBefore);
      expect(open()).not.toContain('ProcessWrap');

      const stopwatch = startStopwatch();
      stop.abort();
      const details = new Set((await answers).map(({ passed, detail }) => `${passed} ${detail}`));
      expect(stopwatch.stopMs()).toBeLessThan(1_000);
      const waitedFor = scheme === 'http' ? 'answer' : 'TLS handshake';
      for (const detail of details) expect(detail).toMatch(`false no ${waitedFor} within `);

      await eventually(() => expect(open()).toEqual(openBefore));
      expect(await connections(server)).toBe(0);
      expect(warned).not.toHaveBeenCalled();
      process.off('warning', warned);
    },
  );
});

const connections = (server: Server): Promise<number> =>
  new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );

describe('a server that does not even take connections', () => {
  // A stopped process with a full queue: the kernel drops what else wants in, as a firewall would.
  const script = `require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 },
    function () { console.log(this.address().port); })`;
  const held: Socket[] = [];
  let stopped: ChildProcess;
  let port: number;

  beforeAll(async () => {
    stopped = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    port = await new Promise((resolve) =>
      stopped.stdout?.once('data', (line) => resolve(Number(line))),
    );
    stopped.kill('SIGSTOP');
    for (let i = 0; i < 8; i++) held.push(connect(port, '127.0.0.1').on('error', () => {}));
    await eventually(() => expect(held.filter(({ connecting }) => !connecting)).not.toEqual([]));
  });
  afterAll(() => {
    for (const socket of held) socket.destroy();
    stopped.kill('SIGKILL');
  });

  it.each(['tcp', 'http://{address}:{port}/'])('%s: ends at its abort', async (text) => {
    const [gate] = await checksOf(text, port, 1);
    const stopwatch = startStopwatch();
    expect(await gate?.ask(about, AbortSignal.timeout(150))).toEqual({
      passed: false,
      detail: expect.stringMatching(/^no connection within \d+ms$/),
    });
    expect(stopwatch.stopMs()).toBeLessThan(1_000);
  });
});
