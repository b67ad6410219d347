import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DrainEvent } from '../../src/domain/events/event.ts';
import { drain, parseEvents, withFolder } from '../support/drain-command.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { listen } from '../support/loopback-servers.ts';
import { startDrain } from '../support/running-drain.ts';

const service = '-t 10.0.0.100:80';
const rule = (server: string, weight: number): string =>
  `-a ${service} -r ${server}:80 -m -w ${weight}\n`;
const tableOf = (...servers: readonly (readonly [string, number])[]): string =>
  `-A ${service} -s wrr\n${servers.map(([server, weight]) => rule(server, weight)).join('')}`;
const [old, fresh, bystander] = ['10.0.0.1', '10.0.0.2', '10.0.0.3'];
const before = tableOf([old, 4], [bystander, 2]);
const after = tableOf([fresh, 4], [bystander, 2]);
const handOver = ['--from', old, '--to', fresh, '--output', 'json', '--settle', '500ms'];
const quick = ['--over', '1s', '--every', '500ms'];

let built: FakeIpvsadm;
beforeAll(async () => {
  built = await buildFakeIpvsadm();
});
afterAll(() => built.remove());

interface Held {
  readonly fake: FakeIpvsadm;
  readonly state: readonly string[];
  readonly rollout: string;
  /** The command in the same place. */
  readonly run: (...args: readonly string[]) => ReturnType<typeof drain>;
}

let tables = 0;

/** A rollout held at its step 1 of 4, with 3 of 4 parts at the old server. */
const withHeld = (use: (held: Held) => Promise<void>): Promise<void> =>
  withFolder(async (folder) => {
    const fake = built.another(`ways-out-${tables++}`);
    await fake.reset(before);
    const state = ['--state', join(folder, 'state')];
    const started = startDrain([...handOver, '--over', '16s', '--every', '4s', ...state], fake.env);
    const isStep = (event: DrainEvent) => event.type === 'step-applied' && event.step >= 1;
    const { rollout } = await started.event(isStep);
    started.signal('SIGINT');
    expect((await started.ended).exitCode).toBe(130);
    await use({
      fake,
      state,
      rollout,
      run: (...args) => drain([...args, ...state], { env: fake.env }),
    });
  });

const outcomeOf = (stdout: string): unknown => parseEvents(stdout).at(-1);

describe.concurrent('a service with a held rollout', () => {
  it('takes no other one, and names the ways out', () =>
    withHeld(async ({ fake, rollout, run }) => {
      const held = await fake.table();
      const second = await run('--from', bystander, '--to', '10.0.0.9', ...quick, '--yes');
      expect(second.exitCode).toBe(6);
      expect(second.stderr).toContain(`rollout ${rollout}`);
      for (const way of ['resume', 'rollback', 'abandon']) {
        expect(second.stderr).toContain(`drain ${way} ${rollout}`);
      }
      expect(await fake.table()).toBe(held);
      expect((await run('rollback', rollout, '--output', 'json')).exitCode).toBe(0);
      expect(await fake.table()).toBe(before);
    }));

  it('is free once that one is abandoned, with the table as it was left', () =>
    withHeld(async ({ fake, rollout, run }) => {
      const held = await fake.table();
      const abandoned = await run('abandon', rollout);
      expect(abandoned.exitCode, abandoned.stderr).toBe(0);
      expect(await fake.table()).toBe(held);
      expect((await run('status')).stdout).not.toContain(rollout);
      for (const way of ['resume', 'rollback', 'abandon']) {
        const late = await run(way, rollout);
        expect(late.exitCode, late.stderr).toBe(2);
        expect(late.stderr).toContain('abandoned');
      }
      const next = await run('--from', bystander, '--to', '10.0.0.9', ...quick, '--settle', '0s');
      expect(next.exitCode, next.stderr).toBe(0);
    }));

  it('lets a bystander be taken out and brought back', () =>
    withHeld(async ({ fake, rollout, run }) => {
      const held = await fake.table();
      expect((await run('out', bystander, '--output', 'json')).exitCode).toBe(0);
      expect((await run('in', bystander, '--output', 'json')).exitCode).toBe(0);
      expect(await fake.table()).toBe(held);
      const resumed = await run('resume', rollout, '--over', '1s', '--output', 'json');
      expect(resumed.exitCode, resumed.stderr).toBe(0);
      expect(await fake.table()).toBe(after);
    }));
});

describe.concurrent('a held rollout whose table somebody has changed', () => {
  const changed = tableOf([old, 1], [fresh, 0], [bystander, 2]);

  it('prints the commands that mend it, touches nothing, and goes on when they were typed', () =>
    withHeld(async ({ fake, rollout, run }) => {
      const held = await fake.table();
      await fake.reset(changed);
      const refused = await run('resume', rollout, '--output', 'json');
      expect(refused.exitCode).toBe(6);
      const mend = refused.stderr.split('\n').filter((line) => line.startsWith('ipvsadm -'));
      expect(mend.length).toBeGreaterThan(0);
      expect(refused.stderr).toContain(`drain resume ${rollout} --accept`);
      expect(refused.stderr).toContain(`drain abandon ${rollout}`);
      expect(await fake.table()).toBe(changed);
      // Again and again the same answer, and the same ways out.
      expect((await run('rollback', rollout)).exitCode).toBe(6);
      await execa('sh', ['-c', mend.join('\n')], { env: fake.env });
      expect(await fake.table()).toBe(held);
      const resumed = await run('resume', rollout, '--over', '1s', '--output', 'json');
      expect(resumed.exitCode, resumed.stderr).toBe(0);
      expect(await fake.table()).toBe(after);
    }));

  it('does not advise --accept where that would be refused', () =>
    withHeld(async ({ fake, rollout, run }) => {
      await fake.reset((await fake.table()).replace('-s wrr', '-s rr'));
      const refused = await run('resume', rollout);
      expect(refused.exitCode).toBe(6);
      expect(refused.stderr).toContain(`ipvsadm -E ${service} -s wrr`);
      expect(refused.stderr).not.toContain('--accept');
      expect((await run('resume', rollout, '--accept')).exitCode).toBe(6);
      expect((await run('abandon', rollout)).exitCode).toBe(0);
    }));

  it('goes on from there with --accept', () =>
    withHeld(async ({ fake, rollout, run }) => {
      await fake.reset(changed);
      const resumed = await run('resume', rollout, '--accept', '--over', '1s', '--output', 'json');
      expect(resumed.exitCode, resumed.stderr).toBe(0);
      expect(await fake.table()).toBe(after);
    }));

  it('goes back from there with --accept', () =>
    withHeld(async ({ fake, rollout, run }) => {
      await fake.reset(changed);
      const back = await run('rollback', rollout, '--accept', '--output', 'json');
      expect(back.exitCode, back.stderr).toBe(0);
      expect(await fake.table()).toBe(before);
    }));
});

describe.concurrent('a held rollout after a reboot', () => {
  it('begins again at step 0 where the table is the one from before', () =>
    withHeld(async ({ fake, rollout, run }) => {
      await fake.reset(before);
      const resumed = await run('resume', rollout, '--over', '1s', '--output', 'json');
      expect(resumed.exitCode, resumed.stderr).toBe(0);
      const steps = parseEvents(resumed.stdout).flatMap((event) =>
        event.type === 'step-applied' ? [event.step] : [],
      );
      expect(steps[0]).toBe(0);
      expect(await fake.table()).toBe(after);
    }));

  it('is rolled back where the table is the one from before', () =>
    withHeld(async ({ fake, rollout, run }) => {
      await fake.reset(before);
      const back = await run('rollback', rollout, '--output', 'json');
      expect(back.exitCode, back.stderr).toBe(0);
      expect(outcomeOf(back.stdout)).toMatchObject({ outcome: 'rolled-back' });
      expect(await fake.table()).toBe(before);
    }));

  it('is done where the table is the final one', () =>
    withHeld(async ({ fake, rollout, run }) => {
      await fake.reset(after);
      const resumed = await run('resume', rollout, '--output', 'json');
      expect(resumed.exitCode, resumed.stderr).toBe(0);
      expect(outcomeOf(resumed.stdout)).toMatchObject({ outcome: 'done' });
      expect(await fake.table()).toBe(after);
    }));

  it('waits for the service to come into the table', () =>
    withHeld(async ({ fake, state, rollout }) => {
      await fake.reset('');
      const looks = (await fake.calls()).length;
      const resuming = startDrain(
        ['resume', rollout, '--over', '1s', '--output', 'json', ...state],
        fake.env,
      );
      // It has looked, and waits.
      while ((await fake.calls()).length < looks + 2) await new Promise(setImmediate);
      await fake.reset(before);
      expect((await resuming.ended).exitCode).toBe(0);
      expect(await fake.table()).toBe(after);
    }));
});

describe.concurrent('the rest of a rollout under other terms', () => {
  it('reaches its director with other words, and keeps them', () =>
    withHeld(async ({ fake, rollout, run }) => {
      const other = built.another(`ways-out-elsewhere-${tables++}`);
      await other.reset(await fake.table());
      const resumed = await run(
        ...['resume', rollout, '--ipvsadm', other.remote, '--over', '1s', '--output', 'json'],
      );
      expect(resumed.exitCode, resumed.stderr).toBe(0);
      expect(await other.table()).toBe(after);
    }));

  it('refuses a director that it does not have, and terms of a way that is over', () =>
    withHeld(async ({ rollout, run }) => {
      const unknown = await run('resume', rollout, '--director', 'lb9=ssh://root@lb9');
      expect(unknown.exitCode).toBe(2);
      expect(unknown.stderr).toContain('no director "lb9"');
      expect(unknown.stderr).toContain('--director local=WHERE');
      const all = await run('resume', '--all', '--accept');
      expect(all.exitCode).toBe(2);
    }));
});

describe.concurrent('the rollback of a rollout that was done', () => {
  /** A rollout from a server of this machine, whose port is open, to another one. */
  const withDone = (
    use: (
      done: Pick<Held, 'fake' | 'rollout'> & {
        readonly server: Server;
        readonly run: Held['run'] & { readonly place: readonly string[] };
      },
    ) => Promise<void>,
  ): Promise<void> =>
    withFolder(async (folder) => {
      const fake = built.another(`ways-out-${tables++}`);
      const server = createServer((_request, response) => response.end());
      const port = await listen(server);
      const oldServer = `127.0.0.1:${port}`;
      await fake.reset(`-A ${service} -s wrr\n-a ${service} -r ${oldServer} -m -w 4\n`);
      const place = ['--state', join(folder, 'state'), '--output', 'json'];
      const run = Object.assign(
        (...args: readonly string[]) => drain([...args, ...place], { env: fake.env }),
        { place },
      );
      const servers = ['--from', oldServer, '--to', `${fresh}:80`];
      const done = await run(...servers, ...quick, '--settle', '0s');
      expect(done.exitCode, done.stderr).toBe(0);
      const rollout = parseEvents(done.stdout)[0]?.rollout ?? '';
      await use({ fake, rollout, run, server });
    });

  it('asks its old server, and is made where that answers', () =>
    withDone(async ({ fake, rollout, run }) => {
      const back = await run('rollback', rollout);
      expect(back.exitCode, back.stderr).toBe(0);
      expect(await fake.table()).toContain('127.0.0.1');
      expect(await fake.table()).not.toContain(fresh);
    }));

  it('is refused while its old server answers nobody, and made with --force', () =>
    withDone(async ({ fake, rollout, run, server }) => {
      await new Promise((closed) => server.close(closed));
      const then = await fake.table();
      const refused = await run('rollback', rollout);
      expect(refused.exitCode, refused.stderr).toBe(5);
      expect(refused.stderr).toContain('127.0.0.1:');
      expect(refused.stderr).toContain('--force');
      expect(await fake.table()).toBe(then);
      const forced = await run('rollback', rollout, '--force');
      expect(forced.exitCode, forced.stderr).toBe(0);
      expect(forced.stderr).toContain('passed over with --force');
      expect(await fake.table()).toContain('127.0.0.1');
    }));

  it('has its service again when it is held on the way', () =>
    withDone(async ({ fake, rollout, run }) => {
      const paced = ['--over', '40s', '--every', '10s'];
      const back = startDrain(['rollback', rollout, ...paced, ...run.place], fake.env);
      await back.event(({ type }) => type === 'rollback-started');
      back.signal('SIGINT');
      expect((await back.ended).exitCode).toBe(130);
      const second = await run('--from', `${fresh}:80`, '--to', `${bystander}:80`, ...quick);
      expect(second.exitCode, second.stderr).toBe(6);
      expect(second.stderr).toContain(`drain resume ${rollout}`);
    }));

  it('is refused while another rollout is held in its service', () =>
    withDone(async ({ fake, rollout, run }) => {
      const ramp = ['--from', `${fresh}:80`, '--to', `${bystander}:80`, '--over', '40s'];
      const next = startDrain([...ramp, '--every', '10s', ...run.place], fake.env);
      const { rollout: other } = await next.event(({ type }) => type === 'step-applied');
      next.signal('SIGINT');
      await next.ended;
      const refused = await run('rollback', rollout);
      expect(refused.exitCode, refused.stderr).toBe(6);
      expect(refused.stdout + refused.stderr).toMatch(new RegExp(`${other}|somebody else changed`));
    }));

  it('is refused where the table has moved on', () =>
    withDone(async ({ fake, rollout, run }) => {
      const moved = tableOf([bystander, 2], ['10.0.0.7', 4]);
      await fake.reset(moved);
      const refused = await run('rollback', rollout);
      expect(refused.exitCode, refused.stderr).toBe(6);
      expect(await fake.table()).toBe(moved);
    }));
});
