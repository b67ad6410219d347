import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drainJs, parseEvents, withFolder } from '../support/drain-command.ts';
import { eventually } from '../support/eventually.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { startOnTerminal } from '../support/on-terminal.ts';

let built: FakeIpvsadm;
beforeAll(async () => {
  built = await buildFakeIpvsadm();
});
afterAll(() => built.remove());

const rules = '-A -t 10.0.0.100:80 -s wrr\n-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100\n';
const handOver = ['--from', '10.0.0.1:80', '--to', '10.0.0.2:80', '--settle', '0s'];
const [xoff, xon] = ['\u0013', '\u0011'];

describe('a terminal that takes no more', () => {
  it('holds up no step, and shows the rest when it goes on', async () => {
    await withFolder(async (cwd) => {
      const table = built.another('stopped-terminal');
      await table.reset(rules);
      const ramp = [...handOver, '--over', '3s', '--every', '500ms', '--yes', '--state', 'state'];
      const session = startOnTerminal([drainJs, ...ramp], { cwd, env: table.env });
      await session.shows('under way');
      session.type(xoff);
      await eventually(async () => expect(await table.table()).not.toContain('10.0.0.1:80'));
      session.type(xon);
      const { exitCode, screen } = await session.ended;
      expect(exitCode).toBe(0);
      expect(screen).toContain('drained and removed');
    });
  });

  it('leaves SIGTERM its effect', async () => {
    await withFolder(async (cwd) => {
      const table = built.another('ended-terminal');
      await table.reset(rules);
      const ramp = [...handOver, '--over', '1h', '--every', '1s', '--yes', '--state', 'state'];
      const session = startOnTerminal([drainJs, ...ramp, '--on-interrupt', 'rollback'], {
        cwd,
        env: table.env,
      });
      await session.shows('under way');
      session.type(xoff);
      await session.signal('SIGTERM');
      expect((await session.ended).exitCode).toBe(143);
      expect(await table.table()).not.toContain('10.0.0.2:80');
    });
  });
});

describe('a reader that does not read', () => {
  const ramp = ['--from', '10.0.0.1', '--to', '10.0.0.2', '--over', '3m', '--every', '1s'];
  const args = [drainJs, '--director', 'sim', ...ramp, '--output', 'json', '--state', 'state'];

  /** Resolves with what a reader gets that begins to read once the rollout has ended. */
  async function readLate(cwd: string, stdout: 'pipe' | number, readFrom?: number) {
    const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', stdout, 'ignore'] });
    const ended = once(child, 'exit');
    await eventually(() => execa('grep', ['-rl', '"type":"ended"', join(cwd, 'state')]));
    const from = child.stdout ?? new Socket({ fd: readFrom, writable: false });
    if (typeof stdout === 'number') closeSync(stdout);
    const text = (await from.setEncoding('utf8').toArray()).join('');
    const [exitCode] = await ended;
    return { exitCode, text };
  }

  it.each(['a pipe', 'a socket'])('of %s holds up no step, and has every event', async (kind) => {
    await withFolder(async (cwd) => {
      const fifo = join(cwd, 'fifo');
      await execa('mkfifo', [fifo]);
      const reading = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
      const { exitCode, text } =
        kind === 'a pipe'
          ? await readLate(cwd, openSync(fifo, constants.O_WRONLY), reading)
          : await readLate(cwd, 'pipe');
      if (kind === 'a socket') closeSync(reading);
      expect(exitCode).toBe(0);
      // More than a pipe has room for.
      expect(text.length).toBeGreaterThan(70_000);
      const events = parseEvents(text);
      const steps = events.filter(({ type }) => type === 'step-applied');
      expect(steps.at(-1)).toMatchObject({ step: 180 });
      expect(events.at(-1)).toMatchObject({ type: 'finished', outcome: 'done' });
    });
  });
});
