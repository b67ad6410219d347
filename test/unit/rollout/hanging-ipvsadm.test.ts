import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createSystemClock } from '../../../src/clock/system-clock.ts';
import { createDirector } from '../../../src/ipvs/director.ts';
import { createLocalIpvsadm } from '../../../src/ipvs/local-ipvsadm.ts';
import { buildPlan } from '../../../src/planner/build-plan.ts';
import { openRollout } from '../../../src/rollout/journal/open.ts';
import { createMemoryStore } from '../../../src/store/memory-store.ts';
import { conductRollout } from '../../support/conduct-rollout.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../../support/fake-ipvsadm.ts';
import { request } from '../../support/simulated-rollout.ts';

const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 4
`;

let fake: FakeIpvsadm;
beforeAll(async () => {
  fake = await buildFakeIpvsadm();
  for (const [name, value] of Object.entries(fake.env)) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await fake.remove();
});

/** A rollout of eight seconds with the real runner; what does not hang takes seconds on a busy machine. */
async function play() {
  const runner = createLocalIpvsadm({ command: ['ipvsadm'], timeLimitMs: 4_000, graceMs: 100 });
  const director = createDirector({ name: 'local', runner });
  const clock = createSystemClock();
  const store = createMemoryStore();
  const snapshot = await director.snapshot();
  if (!snapshot.ok) throw new Error(snapshot.failure.what);
  const sketch = {
    from: '10.0.0.1',
    to: '10.0.0.2',
    ramp: { overMs: 8_000, everyMs: 2_000 },
    policy: { settleMs: 500 },
  };
  const { plan } = buildPlan(request(sketch), [{ director: 'local', snapshot: snapshot.value }]);
  const journal = await store.create('r1');
  if (!plan || !journal.ok) throw new Error('no plan or no journal');
  const writer = { journal: journal.value, clock };
  const opened = await openRollout(
    'r1',
    plan,
    [{ director: 'local', where: 'local', ipvsadm: 'ipvsadm' }],
    writer,
  );
  if (!opened.ok) throw new Error(opened.failure.what);
  const never = new AbortController().signal;
  return conductRollout(
    {
      ...writer,
      directors: new Map([['local', director]]),
      inbox: store.inbox('r1'),
      emit: () => {},
      stop: { requested: () => undefined, signal: () => never },
    },
    opened.value,
  );
}

describe('a process that hangs', () => {
  it('for good is given up three times, then the rollout is held with the edits that stood', async () => {
    await fake.reset(table);
    await fake.setFaults({ of: 'edits', from: 2, to: 99, kind: 'hangs-midway' });
    const end = await play();
    expect(end).toMatchObject({ outcome: 'held', exitCode: 7 });
    expect(end.message).toMatch(
      /failed 3 times: `ipvsadm` did not end within 4s; .*; held at step/,
    );
    const edits = (await fake.calls()).filter(({ stdin }) => /^-[eadE] /m.test(stdin));
    expect(edits).toHaveLength(1 + 2 + 3);
    // What was taken from the old server at the last step that was made, a late one maybe, and of the
    // last try the half that came first.
    const step = Number(/held at step (\d)/.exec(end.message)?.[1]);
    const [, old, fresh] =
      /10\.0\.0\.1:80 -m -w (\d)\n.*10\.0\.0\.2:80 -m -w (\d)\n/.exec(await fake.table()) ?? [];
    expect(Number(old)).toBe(4 - step);
    expect(Number(fresh)).toBeGreaterThan(step);
    expect(Number(fresh)).toBeLessThanOrEqual(4);
  });
});
