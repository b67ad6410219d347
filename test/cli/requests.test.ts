import { readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DrainEvent } from '../../src/domain/events/event.ts';
import { drain, withFolder } from '../support/drain-command.ts';
import { until } from '../support/eventually.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { type RunningDrain, startDrain } from '../support/running-drain.ts';

const service = '-t 10.0.0.100:80';
const table = `-A ${service} -s wrr
-a ${service} -r 10.0.0.1:80 -m -w 4
-a ${service} -r 10.0.0.3:80 -m -w 2
`;
const ramp = ['--from', '10.0.0.1', '--to', '10.0.0.2', '--settle', '500ms', '--output', 'json'];
const long = [...ramp, '--over', '10m', '--every', '1s'];
const short = [...ramp, '--over', '4s', '--every', '1s'];

let built: FakeIpvsadm;
beforeAll(async () => {
  built = await buildFakeIpvsadm();
});
afterAll(() => built.remove());

let tables = 0;
interface Site {
  readonly fake: FakeIpvsadm;
  readonly state: string;
  start(args: readonly string[]): Promise<{ readonly run: RunningDrain; readonly id: string }>;
  ask(...args: readonly string[]): ReturnType<typeof drain>;
}
const withSite = (use: (site: Site) => Promise<void>): Promise<void> =>
  withFolder(async (folder) => {
    const fake = built.another(`asked-${tables++}`);
    await fake.reset(table);
    const state = join(folder, 'state');
    await use({
      fake,
      state,
      async start(args) {
        const run = startDrain([...args, '--state', state], fake.env);
        const { rollout } = await run.event((event) => event.type === 'step-applied');
        return { run, id: rollout };
      },
      ask: (...args) => drain([...args, '--state', state], { env: { ...fake.env } }),
    });
  });

const isOf =
  (type: DrainEvent['type']) =>
  (event: DrainEvent): boolean =>
    event.type === type;

describe.concurrent('what is asked of a running rollout', () => {
  it('has happened when the command ends: paused, going on, rolled back', () =>
    withSite(async ({ fake, start, ask }) => {
      const { run, id } = await start(long);
      const paused = await ask('pause', id);
      expect(paused).toMatchObject({ exitCode: 0, stdout: '' });
      expect(paused.stderr).toContain(
        `rollout ${id} is paused; it goes on with: drain continue ${id}`,
      );
      expect((await ask('status', id)).stdout).toContain('paused');
      expect((await ask('pause', id)).stderr).toContain(`rollout ${id} is paused, and was already`);
      const on = await ask('continue', id, '--output', 'json');
      expect(on).toMatchObject({ exitCode: 0 });
      expect(on.events()).toMatchObject([{ rollout: id, type: 'continued', cause: 'asked' }]);
      expect((await ask('status', id)).stdout).toContain('running');
      const back = await ask('rollback', id, '--output', 'json');
      expect(back).toMatchObject({ exitCode: 0 });
      expect(back.events()).toMatchObject([
        { rollout: id, type: 'finished', outcome: 'rolled-back', exitCode: 0 },
      ]);
      expect(await fake.table()).toBe(table);
      // Of whoever asked it is a success; the rollout itself was turned back.
      expect((await run.ended).exitCode).toBe(5);
    }));

  it('says by whom and why, in the events of the process that obeys and to whoever is refused', () =>
    withSite(async ({ fake, state, start, ask }) => {
      const { run, id } = await start([...long, '--reason', 'deploy 42']);
      const asAlice = (...args: readonly string[]) =>
        drain([...args, '--state', state], { env: { ...fake.env, SUDO_USER: 'alice' } });
      const alice = { user: 'alice', host: hostname(), reason: 'it is broken' };
      expect((await asAlice('pause', id, '--reason', alice.reason)).exitCode).toBe(0);
      const paused = await run.event(isOf('paused'));
      expect(paused).toMatchObject({
        actor: alice,
        reason: `asked to by alice on ${hostname()}: it is broken`,
      });
      const { stdout } = await ask('status', id);
      expect(stdout).toMatch(/\n {2}started by \S+ on \S+: deploy 42\n {2}paused by alice on /);
      const refused = await ask(...long);
      expect(refused.exitCode).toBe(6);
      expect(refused.stderr).toMatch(/is in rollout .* since .*, by \S+ on \S+: deploy 42\n/);
      expect((await asAlice('rollback', id)).exitCode).toBe(0);
      await run.ended;
      const { reason: _, ...nameless } = alice;
      expect(run.events().at(-1)).toMatchObject({ type: 'finished', actor: nameless });
      const past = await ask('history', '--actor', 'alice', '--output', 'json');
      const { acts } = JSON.parse(past.stdout);
      expect(acts.map(({ act }: { readonly act: string }) => act)).toEqual([
        'started',
        'paused',
        'rolled-back',
      ]);
    }));

  it('is obeyed though more is asked at once: a rollback and then a pause, not waited for', () =>
    withSite(async ({ fake, state, start, ask }) => {
      const { run, id } = await start(long);
      run.signal('SIGSTOP');
      for (const one of ['pause', 'rollback', 'pause']) {
        expect((await ask(one, id, '--no-wait')).exitCode).toBe(0);
      }
      run.signal('SIGCONT');
      expect((await run.ended).exitCode).toBe(5);
      expect(run.events().at(-1)).toMatchObject({ type: 'finished', outcome: 'rolled-back' });
      expect(run.events().filter(isOf('paused'))).toEqual([]);
      expect(await fake.table()).toBe(table);
      expect(await readdir(join(state, 'requests'))).toEqual([]);
    }));

  it('is said not to have happened where the process dies first, with the way on', () =>
    withSite(async ({ state, start, ask }) => {
      const { run, id } = await start(long);
      run.signal('SIGSTOP');
      const asked = ask('pause', id);
      await until(async () => (await readdir(join(state, 'requests'))).length === 1);
      run.signal('SIGKILL');
      const { exitCode, stderr } = await asked;
      expect(exitCode).toBe(2);
      expect(stderr).toContain(`the request to pause rollout ${id} was not obeyed: process`);
      const at = `${id} --state ${state}`;
      expect(stderr).toContain(`drain resume ${at}, or drain rollback ${at}`);
      expect(await readdir(join(state, 'requests'))).toEqual([]);
    }));

  it('is not obeyed by a later process, which says so', () =>
    withSite(async ({ state, start, ask }) => {
      const { run, id } = await start(short);
      run.signal('SIGSTOP');
      expect((await ask('rollback', id, '--no-wait')).exitCode).toBe(0);
      run.signal('SIGKILL');
      await run.ended;
      const resumed = await ask('resume', id, '--output', 'json');
      expect(resumed.exitCode).toBe(0);
      const dropped = (event: DrainEvent) =>
        event.type === 'warning' && event.code === 'request-dropped';
      expect(resumed.events().filter(dropped)).toMatchObject([
        {
          code: 'request-dropped',
          message: expect.stringContaining('a request to rollback was dropped'),
        },
      ]);
      expect(resumed.events().at(-1)).toMatchObject({ type: 'finished', outcome: 'done' });
      expect(await readdir(join(state, 'requests'))).toEqual([]);
    }));

  it('takes --wait or --no-wait, not both, and nothing of a rollout that is over', () =>
    withSite(async ({ start, ask }) => {
      const { run, id } = await start(short);
      expect((await ask('pause', id, '--wait', '--no-wait')).exitCode).toBe(2);
      await run.ended;
      const late = await ask('pause', id);
      expect(late.exitCode).toBe(2);
      expect(late.stderr).toContain(`go back with drain rollback ${id}`);
      expect(late.stderr).not.toContain('resume');
    }));
});
