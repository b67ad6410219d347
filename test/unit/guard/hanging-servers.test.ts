import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { createSystemClock } from '../../../src/clock/system-clock.ts';
import { createGuardCheck } from '../../../src/gates/guard-check.ts';
import { type CheckedServer, createCheckerPool } from '../../../src/guard/checkers.ts';
import type { Answer } from '../../../src/guard/decide/health.ts';
import { eventually } from '../../support/eventually.ts';
import { listen } from '../../support/loopback-servers.ts';
import { guarded } from '../../support/simulated-guard.ts';

const children = (): string =>
  readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim();

/** All of them reach a server on 0.0.0.0. */
const addresses = Array.from(
  { length: 500 },
  (_, i) => `127.0.${1 + Math.floor(i / 128)}.${1 + (i % 128)}`,
);

describe('500 servers that take connections and never answer', () => {
  it('have one question open each, in this process, however long they hang', async () => {
    const open = new Map<string, number>();
    let most = 0;
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      const to = socket.localAddress ?? '';
      const now = (open.get(to) ?? 0) + 1;
      open.set(to, now);
      sockets.add(socket);
      most = Math.max(most, sockets.size);
      socket.resume();
      socket.on('close', () => {
        open.set(to, (open.get(to) ?? 1) - 1);
        sockets.delete(socket);
      });
    });
    const port = await listen(server, '0.0.0.0');
    const before = children();
    const warned = vi.fn();
    process.on('warning', warned);
    const answers: Answer[] = [];
    // Longer than it takes to connect to all of them, also where the machine is busy.
    const timing = { intervalMs: 300, timeoutMs: 5_000, rise: 2, fall: 3 };
    const url = 'http://{address}:{port}/';
    const tls = { insecure: false };
    const probe = { kind: 'http', url, status: [{ from: 200, to: 299 }], tls } as const;
    const pool = createCheckerPool({
      clock: createSystemClock(),
      random: Math.random,
      createCheck: createGuardCheck,
    });
    const checkers = pool.join({
      heard: (_, answer) => answers.push(answer),
      cannotAsk: (_, failure) => {
        throw new Error(failure.what);
      },
    });
    const checked = addresses.map(
      (address): CheckedServer => ({
        guarded: { ...guarded, timing, check: { kind: 'probe', probe } },
        server: {
          key: `${address}:${port}` as never,
          address,
          port,
        },
      }),
    );
    checkers.keep(checked);
    await eventually(() => expect(sockets.size).toBeGreaterThan(400));
    for (let i = 0; i < 5; i++) {
      // The same ones again, as after each listing: nobody is asked twice for it.
      checkers.keep(checked);
      await eventually(() => expect(answers.length).toBeGreaterThan(i * 250));
      // This side may have been told of an end before the other one was.
      await eventually(() => expect([...open.values()].filter((count) => count > 1)).toEqual([]));
      expect(children()).toBe(before);
    }
    expect(most).toBeLessThanOrEqual(2 * addresses.length);
    expect(answers.every(({ passed }) => !passed)).toBe(true);
    expect(warned).not.toHaveBeenCalled();

    checkers.stop();
    await eventually(() => expect(sockets.size).toBe(0));
    const after = answers.length;
    await new Promise((resolve) => setTimeout(resolve, 2 * timing.intervalMs));
    expect(answers).toHaveLength(after);
    process.off('warning', warned);
  });
});
