import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { excluded, openShop } from '../support/cluster/shop.ts';
import { drainJs, parseEvents, withFolder } from '../support/drain-command.ts';
import { eventually } from '../support/eventually.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { listen } from '../support/loopback-servers.ts';
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
      const ramp = [...handOver, '--over', '50s', '--every', '500ms', '--yes', '--state', 'state'];
      const session = startOnTerminal([drainJs, ...ramp], { cwd, env: table.env });
      const weight = async (): Promise<number> =>
        Number(/10\.0\.0\.2:80 -m -w (\d+)/.exec(await table.table())?.[1] ?? 0);
      await session.shows('under way');
      session.type(xoff);
      const before = await weight();
      await eventually(async () => expect(await weight()).toBeGreaterThan(before + 3));
      session.type(xon);
      // It is not at its end, where a terminal that takes nothing is waited for only so long. A step
      // moves one of the hundred that the weights add up to.
      const later = Array.from({ length: 100 }, (_, n) => n + 1).slice((await weight()) - 1);
      await session.shows(new RegExp(`step +(${later.join('|')})/100`));
      await session.signal('SIGTERM');
      const { exitCode, screen } = await session.ended;
      expect(exitCode).toBe(143);
      expect(screen).toMatch(/SIGTERM: held at step \d+ of 100/);
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

describe('a terminal that takes no more, of a command that stays', () => {
  it('keeps no guard from a dead server, nor from one that is well again', async () => {
    await withFolder(async (cwd) => {
      const answers = [200, 200];
      const servers = answers.map((_, n) =>
        createServer((__, response) => response.writeHead(answers[n] ?? 500).end()),
      );
      const ports = await Promise.all(servers.map((server) => listen(server)));
      const lines = ports.map((port) => `-a -t 10.0.0.100:80 -r 127.0.0.1:${port} -m -w 40\n`);
      const table = built.another('guard-terminal');
      await table.reset(`-A -t 10.0.0.100:80 -s wrr\n${lines.join('')}`);
      await writeFile(
        join(cwd, 'guard.yaml'),
        `poll: 200ms
defaults: { interval: 100ms, rise: 1, fall: 2, rampUp: 0s }
services:
  - { service: 'tcp/10.0.0.100:80', check: 'http://{address}:{port}/' }
`,
      );
      const args = [drainJs, 'guard', 'guard.yaml', '--state', 'state'];
      const session = startOnTerminal(args, { cwd, env: table.env });
      await session.shows(/guard/);
      session.type(xoff);
      const weighs = (weight: number) =>
        eventually(async () =>
          expect(await table.table()).toContain(`127.0.0.1:${ports[0]} -m -w ${weight}`),
        );
      for (let round = 0; round < 2; round++) {
        answers[0] = 500;
        await weighs(0);
        answers[0] = 200;
        await weighs(40);
      }
      await session.signal('SIGTERM');
      expect((await session.ended).exitCode).toBe(143);
      for (const server of servers) server.close();
    });
  });

  it('keeps no node of a cluster in, and shows the rest when it goes on', async () => {
    await withFolder(async (cwd) => {
      const shop = await openShop();
      try {
        for (const name of ['n1', 'n2']) shop.addNode(name);
        shop.addService();
        const table = built.another('kube-terminal');
        await table.reset();
        const args = [drainJs, 'kube', await shop.write(cwd), '--state', 'state'];
        const session = startOnTerminal(args, { cwd, env: table.env });
        await session.shows(/n2 .*is in, with weight 100/);
        session.type(xoff);
        for (const [label, weight] of [
          ['', 0],
          [null, 100],
          ['', 0],
        ] as const) {
          shop.patchNode('n2', { metadata: { labels: { [excluded]: label } } });
          await eventually(async () =>
            expect(await table.table()).toContain(`10.0.0.2:30080 -m -w ${weight}`),
          );
        }
        session.type(xon);
        await session.shows(/n2 .*leaves: exclude-label/);
        await session.signal('SIGTERM');
        expect((await session.ended).exitCode).toBe(143);
      } finally {
        await shop.api.stop();
      }
    });
  });

  it('keeps serve from no answer, and leaves SIGTERM its effect', async () => {
    await withFolder(async (cwd) => {
      const table = built.another('serve-terminal');
      await table.reset(rules);
      const args = [drainJs, 'serve', '--listen', '127.0.0.1:0', '--state', 'state'];
      const session = startOnTerminal(args, { cwd, env: table.env });
      await session.shows(/http:\/\/127\.0\.0\.1:\d+/);
      session.type(xoff);
      const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(session.screen()) ?? [];
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
      await session.signal('SIGTERM');
      expect((await session.ended).exitCode).toBe(143);
    });
  });

  it('holds up no command that drain around runs, nor the way back in', async () => {
    await withFolder(async (cwd) => {
      const table = built.another('around-terminal');
      await table.reset(`${rules}-a -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 100\n`);
      const script = 'echo begun; until [ -e go ]; do sleep 0.05; done; seq 1 50000';
      const quick = ['--over', '0s', '--settle', '0s', '--yes', '--state', 'state'];
      const args = [drainJs, 'around', '10.0.0.1', ...quick, '--', 'sh', '-c', script];
      const session = startOnTerminal(args, { cwd, env: table.env });
      await session.shows('begun');
      session.type(xoff);
      await writeFile(join(cwd, 'go'), '');
      await eventually(async () => expect(await table.table()).toContain('10.0.0.1:80 -m -w 100'));
      session.type(xon);
      expect((await session.ended).exitCode).toBe(0);
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
