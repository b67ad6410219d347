import { describe, expect, it } from 'vitest';
import type { ServerKey } from '../../../src/domain/address.ts';
import { buildPlan } from '../../../src/planner/build-plan.ts';
import type { JournalEntry } from '../../../src/rollout/state/journal.ts';
import { createGuardLab, type GuardLab, key, web } from '../../support/simulated-guard.ts';
import { request } from '../../support/simulated-rollout.ts';
import { realServer, snapshotOf, wrrService } from '../../support/tables.ts';

const servers = [1, 2, 3, 4].map((n) => realServer(`10.0.0.${n}`, 100));

/**
 * A rollout of the lab's service from server 3 to server 4, held at its step 5 on a scale of its own.
 * Returns the weights that stand in the table.
 */
async function hold(lab: GuardLab): Promise<ReadonlyMap<ServerKey, number>> {
  const { plan } = buildPlan(request({ from: '10.0.0.3', to: '10.0.0.4' }), [
    {
      director: 'sim',
      snapshot: {
        ...snapshotOf([wrrService(servers)]),
        connectionsPerSecond: new Map([[web, 2]]),
      },
    },
  ]);
  const [service] = plan?.directors[0]?.services ?? [];
  if (!plan || !service) throw new Error('no plan');
  expect(service.scale.multiplier).not.toBe(service.scale.divisor);
  const rollout = '20260101-000000000-0001';
  const access = [{ director: 'sim', where: 'local', ipvsadm: 'ipvsadm' }];
  const milestone = { kind: 'step', step: 5 } as const;
  const end = { outcome: 'held', exitCode: 130, message: 'SIGINT' } as const;
  const head = { v: 1, atMs: 1 } as const;
  const entries: readonly JournalEntry[] = [
    { ...head, type: 'opened', rollout, plan, access, startAtMs: 1 },
    { ...head, type: 'reached', director: 'sim', milestone },
    { ...head, type: 'ended', ...end },
  ];
  await lab.store.unfinished.add(rollout);
  await lab.store.unfinished.declareWhole();
  const journal = await lab.store.create(rollout);
  if (!journal.ok) throw new Error(journal.failure.what);
  await journal.value.append(...entries);
  const weights = new Map(
    service.servers.map((server, index) => [server, service.steps[5]?.[index] ?? 0]),
  );
  for (const [server, weight] of weights) lab.setWeight(server, weight);
  return weights;
}

const marksIn = async (lab: GuardLab) => {
  const listed = await lab.store.marks.list();
  if (!listed.ok) throw new Error(listed.failure.what);
  return listed.value.map(({ server, weight }) => `${server} ${weight}`);
};

describe('a guard beside a held rollout that has the service on a scale of its own', () => {
  it('remembers the base weight of a bystander, and brings it back on that scale', async () => {
    const lab = createGuardLab();
    const weights = await hold(lab);
    const remembered: string[] = [];
    await lab.guardUntil(200, {
      20: () => lab.answer('1', 'bad'),
      50: () => void marksIn(lab).then((marks) => remembered.push(...marks)),
      60: () => lab.answer('1', 'ok'),
    });
    expect(remembered).toEqual([`${key(1)} 100`]);
    expect(new Map(Object.entries(lab.weights()))).toEqual(weights);
    expect(await marksIn(lab)).toEqual([]);
  });

  it('brings back what was marked before the rollout on that scale', async () => {
    const lab = createGuardLab();
    const weights = await hold(lab);
    await lab.store.marks.put(lab.mark({ server: key(1), reason: 'health', weight: 100 }));
    lab.setWeight(key(1), 0);
    await lab.guardUntil(100);
    expect(new Map(Object.entries(lab.weights()))).toEqual(weights);
  });

  it('takes a dead new server to 0, and brings it back to what its rollout gave it', async () => {
    const lab = createGuardLab();
    const weights = await hold(lab);
    const seen: (number | undefined)[] = [];
    await lab.guardUntil(200, {
      20: () => lab.answer('4', 'bad'),
      50: () => void seen.push(lab.weights()[key(4)]),
      60: () => lab.answer('4', 'ok'),
    });
    expect(seen).toEqual([0]);
    expect(new Map(Object.entries(lab.weights()))).toEqual(weights);
  });
});
