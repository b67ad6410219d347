import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DrainEvent } from '../../src/domain/events/event.ts';
import { until } from '../support/eventually.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { type Site, withSite } from '../support/site.ts';

const services = ['10.0.0.101', '10.0.0.102', '10.0.0.103'];
const table = (...moved: readonly number[]): string =>
  services
    .map((address, index) => {
      const server = moved.includes(index) ? `10.0.${index}.2` : `10.0.${index}.1`;
      return `-A -t ${address}:80 -s wrr\n-a -t ${address}:80 -r ${server}:80 -m -w 4\n`;
    })
    .join('');
/** A is done at once, B takes its time, and C is done at once. */
const plan = (overB: string): string => `defaults: { settle: 100ms, every: 500ms, over: 0s }
rollouts:
  - { from: 10.0.0.1, to: 10.0.0.2 }
  - { from: 10.0.1.1, to: 10.0.1.2, over: ${overB} }
  - { from: 10.0.2.1, to: 10.0.2.2 }
`;

let built: FakeIpvsadm;
beforeAll(async () => {
  built = await buildFakeIpvsadm();
});
afterAll(() => built.remove());

const withPlan = (over: string, use: (site: Site) => Promise<void>): Promise<void> =>
  withSite(built, { tables: { ipvsadm: table() } }, async (site) => {
    await writeFile(join(site.folder, 'plan.yaml'), plan(over));
    await use(site);
  });
const start = (site: Site) => site.start('apply', 'plan.yaml', '--output', 'json');
const stepOf = (address: string, step: number) => (event: DrainEvent) =>
  event.type === 'step-applied' && event.service === `tcp/${address}:80` && event.step >= step;
const plansOf = (events: readonly DrainEvent[]) =>
  events.flatMap((event) => (event.type === 'planned' ? event.from : []));

interface Shown {
  readonly rollout: string;
  readonly kind?: string;
  readonly state: string;
  readonly rollouts?: readonly { readonly rollout: string | null; readonly isDone: boolean }[];
}
async function shownIn(site: Site, command = 'status'): Promise<readonly Shown[]> {
  const { stdout } = await site.run(command, '--output', 'json');
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Shown);
}
const sequenceIn = async (site: Site, command?: string): Promise<Shown> => {
  const found = (await shownIn(site, command)).find(({ kind }) => kind === 'sequence');
  if (!found) throw new Error('no sequence is shown');
  return found;
};

describe.concurrent('the rollouts of a plan file', { timeout: 300_000 }, () => {
  it('go on with resume --all where their process was killed, each exactly once', () =>
    withPlan('4s', async (site) => {
      const run = start(site);
      await run.event(stepOf('10.0.0.102', 2));
      // It is still in the second one, however long a look at it takes.
      run.signal('SIGSTOP');
      const running = await sequenceIn(site);
      expect(running).toMatchObject({ state: 'running' });
      expect(running.rollouts?.map(({ isDone }) => isDone)).toEqual([true, false, false]);
      run.signal('SIGKILL');
      await run.ended;
      expect(await sequenceIn(site)).toMatchObject({ state: 'cut-off' });
      const resumed = await site.run('resume', '--all', '--output', 'json');
      expect(resumed).toMatchObject({ exitCode: 0, stderr: '' });
      expect(plansOf(resumed.events())).toEqual(['10.0.1.1:80', '10.0.2.1:80']);
      expect(await site.table().table()).toBe(table(0, 1, 2));
      expect((await site.run('status')).stdout).toContain('no rollout is running or held');
      const over = await sequenceIn(site, 'history');
      expect(over).toMatchObject({ state: 'done' });
      expect((await shownIn(site, 'history')).map(({ state }) => state)).toEqual(
        Array.from({ length: 4 }, () => 'done'),
      );
      expect((await site.run('resume', over.rollout)).exitCode).toBe(2);
    }));

  it('killed again and again, wherever that is, are each done once', () =>
    withPlan('1s', async (site) => {
      const first = start(site);
      await first.event(({ type }) => type === 'step-applied');
      first.signal('SIGKILL');
      await first.ended;
      for (const type of [
        'step-applied',
        'removed',
        'finished',
        'planned',
        'quiesced',
        'drained',
      ]) {
        const next = site.start('resume', '--all', '--output', 'json');
        await next.event((event) => event.type === type).catch(() => {});
        next.signal('SIGKILL');
        await next.ended;
      }
      const last = await site.run('resume', '--all');
      expect(last.exitCode, last.stderr).toBe(0);
      expect(await site.table().table()).toBe(table(0, 1, 2));
      const done = (await shownIn(site, 'history')).filter(({ kind }) => kind === undefined);
      expect(done.map(({ state }) => state)).toEqual(['done', 'done', 'done']);
    }));

  it('are taken over by resume --all --follow, with those that had not begun', () =>
    withPlan('4s', async (site) => {
      // There before the ramp begins, whose end does not wait for it.
      const follower = site.start('resume', '--all', '--follow', '--output', 'json');
      await follower.error('until SIGTERM');
      const run = start(site);
      await run.event(stepOf('10.0.0.102', 1));
      run.signal('SIGKILL');
      await run.ended;
      await follower.event(
        (event) => event.type === 'removed' && event.service === 'tcp/10.0.0.103:80',
      );
      const { rollout: id } = await sequenceIn(site, 'history');
      await until(async () => (await sequenceIn(site, 'history')).state === 'done');
      follower.signal('SIGTERM');
      const { exitCode, stderr } = await follower.ended;
      expect(exitCode).toBe(0);
      expect(stderr).toContain(`rollout ${id} has nobody who carries it out`);
      expect(plansOf(follower.events())).toEqual(['10.0.1.1:80', '10.0.2.1:80']);
      expect(await site.table().table()).toBe(table(0, 1, 2));
    }));

  it('that are interrupted say how they go on, and do with the id of the sequence', () =>
    withPlan('4s', async (site) => {
      const run = start(site);
      await run.event(stepOf('10.0.0.102', 1));
      run.signal('SIGINT');
      const { exitCode, stderr } = await run.ended;
      expect(exitCode).toBe(130);
      const { rollout: id } = await sequenceIn(site);
      expect(stderr).toContain('rollout 2 of 3 in plan.yaml ended with exit code 130');
      expect(stderr).toContain(`  go on:    drain resume ${id} --state `);
      expect((await site.run('status', id)).stdout).toContain(`drain resume ${id}`);
      // A person has stopped it: it stays so until a person goes on.
      expect((await site.run('resume', '--all')).stderr).toContain('no rollout was cut off');
      const resumed = await site.run('resume', id, '--output', 'json');
      expect(resumed).toMatchObject({ exitCode: 0, stderr: '' });
      expect(await site.table().table()).toBe(table(0, 1, 2));
    }));

  it('are rolled back by the id: the one under way goes back, and those that are done stand', () =>
    withPlan('10m', async (site) => {
      const run = start(site);
      await run.event(stepOf('10.0.0.102', 0));
      const { rollout: id, rollouts } = await sequenceIn(site);
      expect((await site.run('pause', id)).exitCode).toBe(0);
      expect((await site.run('continue', id)).exitCode).toBe(0);
      const back = await site.run('rollback', id);
      expect(back.exitCode, back.stderr).toBe(0);
      expect(back.stderr).toContain(`go back: drain rollback ${rollouts?.[0]?.rollout} --state `);
      expect((await run.ended).exitCode).toBe(5);
      expect(await site.table().table()).toBe(table(0));
      expect((await site.run('status')).stdout).toContain('no rollout is running or held');
      expect(await sequenceIn(site, 'history')).toMatchObject({ state: 'rolled-back' });
    }));

  it('of which one was resumed by itself say that the others wait', () =>
    withPlan('4s', async (site) => {
      const run = start(site);
      await run.event(stepOf('10.0.0.102', 1));
      run.signal('SIGKILL');
      await run.ended;
      const { rollout: id, rollouts } = await sequenceIn(site);
      const one = await site.run('resume', rollouts?.[1]?.rollout ?? '');
      expect(one.exitCode).toBe(0);
      expect(one.stderr).toContain(`whose others go on with: drain resume ${id}`);
      expect(await site.table().table()).toBe(table(0, 1));
      const resumed = await site.run('resume', id, '--output', 'json');
      expect(resumed.exitCode).toBe(0);
      expect(plansOf(resumed.events())).toEqual(['10.0.2.1:80']);
      expect(await site.table().table()).toBe(table(0, 1, 2));
    }));

  it('may change weights and add servers, and go on with those after a kill', () =>
    withSite(built, { tables: { ipvsadm: table() } }, async (site) => {
      const text = `defaults: { every: 500ms }
rollouts:
  - { weights: 10.0.0.1=8 }
  - { add: 10.0.1.2=2, service: tcp/10.0.0.102:80, over: 5s, noCheck: true }
  - { weights: 10.0.2.1=9 }
`;
      await writeFile(join(site.folder, 'plan.yaml'), text);
      const run = start(site);
      await run.event(stepOf('10.0.0.102', 2));
      run.signal('SIGKILL');
      await run.ended;
      const resumed = await site.run('resume', '--all', '--output', 'json');
      expect(resumed).toMatchObject({ exitCode: 0, stderr: '' });
      const after = table()
        .replace('10.0.0.1:80 -m -w 4', '10.0.0.1:80 -m -w 8')
        .replace(/(.* -r )10\.0\.1\.1(:80 -m -w )4\n/, '$&$110.0.1.2$22\n')
        .replace('10.0.2.1:80 -m -w 4', '10.0.2.1:80 -m -w 9');
      expect(await site.table().table()).toBe(after);
    }));
});
