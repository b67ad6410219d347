import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import type { DrainEvent } from '../../src/domain/events/event.ts';
import { drain, withFolder } from '../support/drain-command.ts';
import { type Etcd, startEtcd } from '../support/etcd.ts';
import { until } from '../support/eventually.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { type RunningDrain, startDrain } from '../support/running-drain.ts';

const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 4
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 2
`;
const replaced = table
  .replace('-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 4\n', '')
  .replace('-r 10.0.0.3', '-r 10.0.0.2:80 -m -w 4\n-a -t 10.0.0.100:80 -r 10.0.0.3');
const handOver = ['--from', '10.0.0.1', '--to', '10.0.0.2', '--output', 'json'];
const ramp = [...handOver, '--over', '4s', '--every', '500ms', '--settle', '500ms'];
const follow = ['resume', '--all', '--follow', '--output', 'json'];
const leaseS = 2;
/**
 * A second for the follower's look at what is there to be taken over, and two for what it does then:
 * beside what a machine that is busy takes for a short command.
 */
const followedWithinMs = 3_000;
const minuteMs = 60_000;

let built: FakeIpvsadm;
beforeAll(async () => {
  built = await buildFakeIpvsadm();
});
afterAll(() => built.remove());

let tables = 0;
const freshFake = async (): Promise<FakeIpvsadm> => {
  const fake = built.another(`taken-over-${tables++}`);
  await fake.reset(table);
  return fake;
};
const edits = async (fake: FakeIpvsadm) =>
  (await fake.calls()).filter(({ stdin, isStart }) => /^-[AEDaed] /m.test(stdin) && !isStart);
const step = (least: number) => (event: DrainEvent) =>
  event.type === 'step-applied' && event.step >= least;
const isDone = (event: DrainEvent) => event.type === 'finished' && event.outcome === 'done';
/** A follower has looked once: there was nothing. */
const follower = async (fake: FakeIpvsadm, state: string): Promise<RunningDrain> => {
  const running = startDrain([...follow, '--state', state], fake.env);
  await running.error();
  return running;
};
const timeOf = async (work: () => Promise<unknown>): Promise<number> => {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
};
const finish = async (running: RunningDrain): Promise<number | undefined> => {
  running.signal('SIGTERM');
  return (await running.ended).exitCode;
};

describe.concurrent('drain resume --all --follow on a folder', () => {
  it('goes on with a rollout whose process was killed, and ends at SIGTERM', () =>
    withFolder(async (folder) => {
      const fake = await freshFake();
      const state = join(folder, 'state');
      const second = await follower(fake, state);
      const first = startDrain([...ramp, '--state', state], fake.env);
      await first.event(step(2));
      first.signal('SIGKILL');
      await second.event(isDone);
      expect(await fake.table()).toBe(replaced);
      expect(await finish(second)).toBe(0);
    }));
});

const required = process.env.DRAIN_REQUIRE_KERNEL === '1';
const [one, three] = await Promise.all([startEtcd(), startEtcd({ members: 3 })]);
if (one.kind === 'unavailable' && !required) {
  process.stderr.write(`left out: rollouts that are kept in a real etcd, because ${one.reason}\n`);
}

describe.concurrent('a rollout that is kept in etcd', () => {
  if (one.kind === 'unavailable' || three.kind === 'unavailable') {
    test.runIf(required)('has a real etcd (DRAIN_REQUIRE_KERNEL=1)', () => {
      throw new Error(one.kind === 'unavailable' ? one.reason : 'it cannot have three members');
    });
    return;
  }
  const { etcd } = one;
  afterAll(() => Promise.all([etcd.stop(), three.etcd.stop()]));
  let prefixes = 0;
  const freshState = (on: Etcd = etcd) => on.state(`site-${prefixes++}`, `?lease=${leaseS}s`);

  /** When a lease ends that nobody renews from now on. */
  const endOfBareLease = async (): Promise<number> => {
    const { ID } = await etcd.call('/v3/lease/grant', { TTL: leaseS });
    await until(async () => Number((await etcd.call('/v3/lease/timetolive', { ID })).TTL) < 0);
    return Date.now();
  };

  it('is taken over within the lease when its controller is killed', async () => {
    const fake = await freshFake();
    const state = freshState();
    const second = await follower(fake, state);
    const first = startDrain([...ramp, '--state', state], fake.env);
    await first.event(step(2));
    first.signal('SIGKILL');
    const killedMs = Date.now();
    const [{ at }, bareMs, commandMs] = await Promise.all([
      second.event((event) => event.type === 'continued'),
      endOfBareLease(),
      timeOf(() => drain(['status', '--state', state], { env: fake.env })),
    ]);
    const bareLeaseMs = bareMs - killedMs;
    expect(Date.parse(at) - killedMs).toBeLessThan(bareLeaseMs + followedWithinMs + commandMs);
    await second.event(isDone);
    expect(await fake.table()).toBe(replaced);
    expect(await finish(second)).toBe(0);
  });

  it('is not touched any more by a controller that was stopped for longer than its lease', async () => {
    const fake = await freshFake();
    const state = freshState();
    const first = startDrain([...ramp, '--state', state], fake.env);
    await first.event(step(2));
    first.signal('SIGSTOP');
    const second = await follower(fake, state);
    // It is in the middle of its own ramp when the first wakes up.
    await second.event(step(4));
    first.signal('SIGCONT');
    const { exitCode, stderr } = await first.ended;
    expect([6, 7]).toContain(exitCode);
    expect(stderr).toMatch(/lost its lock on tcp\/10\.0\.0\.100:80 on ipvsadm, and rollout/);
    const made = first.events().filter((event) => event.type === 'step-applied');
    const resumed = await second.event((event) => event.type === 'continued');
    for (const { at } of made) expect(at <= resumed.at).toBe(true);
    await second.event(isDone);
    expect(await fake.table()).toBe(replaced);
    // One of each step, whoever made it, and the removal; nothing twice but perhaps the one in hand.
    const lines = (await edits(fake)).map(({ stdin }) => stdin);
    expect(new Set(lines).size).toBeGreaterThanOrEqual(lines.length - 1);
    expect(await finish(second)).toBe(0);
  });

  it('waits while etcd has no leader, changes nothing, and goes on', async () => {
    const fake = await freshFake();
    const cluster = three.etcd;
    const running = startDrain([...ramp, '--state', freshState(cluster)], fake.env);
    await running.event(step(1));
    const first = await cluster.leader();
    await cluster.kill(first);
    // The other two elect one of them.
    await running.event(step(3));
    const second = (first + 1) % 3;
    await cluster.kill(second);
    const before = (await edits(fake)).length;
    // Four steps come due meanwhile. What was announced before is carried out still.
    await sleep(2_000);
    expect((await edits(fake)).length).toBeLessThanOrEqual(before + 1);
    await cluster.start(second);
    const { exitCode, stderr } = await running.ended;
    expect({ exitCode, stderr: stderr.replace(/^drain: etcd .*\n/gm, '') }).toEqual({
      exitCode: 0,
      stderr: '',
    });
    expect(await fake.table()).toBe(replaced);
  });

  it(
    'waits while etcd is gone for a minute, changes nothing, and goes on',
    async () => {
      const fake = await freshFake();
      const own = await startEtcd();
      if (own.kind === 'unavailable') throw new Error(own.reason);
      try {
        const state = freshState(own.etcd);
        const running = startDrain([...ramp, '--state', state], fake.env, {
          limitMs: 2.5 * minuteMs,
        });
        await running.event(step(2));
        await own.etcd.kill();
        // The edit that was announced before may still be made.
        await sleep(leaseS * 1_000);
        const before = (await edits(fake)).length;
        await sleep(minuteMs - leaseS * 1_000);
        expect((await edits(fake)).length).toBe(before);
        await own.etcd.start();
        const { exitCode } = await running.ended;
        expect(exitCode).toBe(0);
        expect(
          running.events().some((one) => one.type === 'warning' && one.code === 'ramp-shifted'),
        ).toBe(true);
        expect(await fake.table()).toBe(replaced);
      } finally {
        await own.etcd.stop();
      }
    },
    4 * minuteMs,
  );

  it('is seen, asked to go back and listed from elsewhere', async () => {
    const fake = await freshFake();
    const state = freshState();
    const running = startDrain([...ramp, '--over', '60s', '--state', state], fake.env);
    const { rollout } = await running.event(step(1));
    const status = await drain(['status', '--state', state]);
    expect(status.stdout).toMatch(new RegExp(`^${rollout}  running \\(process \\d+`));
    const second = await drain([...ramp, '--state', state], { env: { ...fake.env } });
    expect(second.exitCode).toBe(6);
    expect(second.stderr).toContain(`is in rollout ${rollout} (process `);
    const asked = await drain(['rollback', rollout, '--state', state]);
    expect(asked.stderr).toMatch(/^drain: asked process \d+ on \S+ to rollback/);
    await running.ended;
    expect(await fake.table()).toBe(table);
    expect((await drain(['history', '--state', state])).stdout).toContain(rollout);
  });

  it('that cannot be reached is refused before anything is changed', async () => {
    const fake = await freshFake();
    const run = await drain([...ramp, '--state', 'etcd://127.0.0.1:9/x'], { env: { ...fake.env } });
    expect(run.exitCode).toBe(3);
    expect(run.stderr).toMatch(
      /the state cannot be kept in etcd:\/\/127\.0\.0\.1:9\/x: 127\.0\.0\.1:9: connect ECONNREFUSED/,
    );
    expect(run.events().at(-1)).toMatchObject({ type: 'finished', outcome: 'refused' });
    expect(await edits(fake)).toEqual([]);
  });
});
