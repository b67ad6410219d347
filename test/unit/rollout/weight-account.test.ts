import { describe, expect, it } from 'vitest';
import type { ServerKey, ServiceKey } from '../../../src/domain/address.ts';
import type { Snapshot } from '../../../src/domain/ipvs/ipvs.ts';
import { createDirector } from '../../../src/ipvs/director.ts';
import { createSimulatedIpvsadm } from '../../../src/ipvs/simulated/simulated-director.ts';
import { buildPlan } from '../../../src/planner/build-plan.ts';
import { reconcile } from '../../../src/rollout/journal/reconcile.ts';
import { rollbackRampFrom } from '../../../src/rollout/journal/rollback-ramp.ts';
import { reach } from '../../../src/rollout/state/director-state.ts';
import { expectedTarget } from '../../../src/rollout/state/expected-weights.ts';
import { applyEntry, openedState } from '../../../src/rollout/state/journal.ts';
import { weightAccount } from '../../../src/rollout/state/weight-account.ts';
import { request } from '../../support/simulated-rollout.ts';

const web = 'tcp/10.0.0.100:80' as ServiceKey;
const server = (n: number): ServerKey => `10.0.0.${n}:80` as ServerKey;
const before = { 1: 100, 2: 50, 3: 75 };

async function snapshotOf(weights: Readonly<Record<number, number>>): Promise<Snapshot> {
  const lines = Object.entries(weights).map(
    ([n, weight]) => `-a -t 10.0.0.100:80 -r 10.0.0.${n}:80 -m -w ${weight}\n`,
  );
  const table = `-A -t 10.0.0.100:80 -s wrr\n${lines.join('')}`;
  const { runner } = createSimulatedIpvsadm({ seed: 1, table });
  const snapshot = await createDirector({ name: 'sim', runner }).snapshot();
  if (!snapshot.ok) throw new Error(snapshot.failure.what);
  return snapshot.value;
}

/** A rollout from server 1 to server 4 that stands at its step 0, where weights are on a scale. */
async function heldAtStepZero(
  type: 'reached' | 'intended' = 'reached',
  { rollout = 'r1', table = before as Readonly<Record<number, number>>, from = 1, to = 4 } = {},
) {
  const tables = [{ director: 'sim', snapshot: await snapshotOf(table) }];
  const sketch = request({ from: `10.0.0.${from}`, to: `10.0.0.${to}` });
  const { plan } = buildPlan(sketch, tables);
  if (!plan) throw new Error('no plan');
  const access = [{ director: 'sim', where: 'local', ipvsadm: 'ipvsadm' }];
  const opened = {
    v: 1,
    atMs: 0,
    type: 'opened',
    rollout,
    plan,
    access,
    startAtMs: 0,
  } as const;
  const milestone = { kind: 'step', step: 0 } as const;
  const state = applyEntry(openedState(opened), {
    ...{ v: 1, atMs: 0, type, director: 'sim', milestone },
  });
  const [service] = plan.directors[0]?.services ?? [];
  const director = state.directors.get('sim');
  if (!service || !director) throw new Error('no service');
  const scaled = Object.fromEntries(
    [...expectedTarget(service, reach(director, milestone)).weights].map(([key, weight]) => [
      key.replace('10.0.0.', '').replace(':80', ''),
      weight,
    ]),
  );
  return { state, scaled };
}

describe('the weights of a bystander while a rollout stands still', () => {
  it('are those of the scale in the table, and base weights in what is remembered', async () => {
    const { state, scaled } = await heldAtStepZero();
    expect(scaled[3]).not.toBe(75);
    const { services } = await snapshotOf(scaled);
    const account = weightAccount([state], 'ipvsadm', services);
    expect(account.baseOf(web, server(3), scaled[3] ?? 0)).toBe(75);
    expect(account.inForce(web, server(3), 75)).toBe(scaled[3]);
    expect(account.isOnScale(web)).toBe(true);
    // One that has another base weight by now has that on the same scale: 50 as server 2 has it.
    expect(account.inForce(web, server(3), 50)).toBe(scaled[2]);
  });

  it('are the same where the process ended between its edit and the word of it', async () => {
    const { state, scaled } = await heldAtStepZero('intended');
    const edited = (await snapshotOf({ ...scaled, 3: 0 })).services;
    expect(weightAccount([state], 'ipvsadm', edited).inForce(web, server(3), 75)).toBe(scaled[3]);
    expect(weightAccount([state], 'ipvsadm', edited).baseOf(web, server(3), scaled[3] ?? 0)).toBe(
      75,
    );
    const not = (await snapshotOf({ ...before, 3: 0 })).services;
    expect(weightAccount([state], 'ipvsadm', not).inForce(web, server(3), 75)).toBe(75);
    expect(weightAccount([state], 'ipvsadm', edited).isOnScale(web)).toBe(true);
    expect(weightAccount([state], 'ipvsadm', not).isOnScale(web)).toBe(false);
  });

  it('are the same where one was taken to 0, or is gone', async () => {
    const { state, scaled } = await heldAtStepZero();
    const { 2: _, ...rest } = scaled;
    const { services } = await snapshotOf({ ...rest, 3: 0 });
    expect(weightAccount([state], 'ipvsadm', services).inForce(web, server(3), 75)).toBe(scaled[3]);
  });

  it('are base weights where a reboot has brought back the table from before', async () => {
    const { state } = await heldAtStepZero();
    for (const now of [before, { ...before, 3: 0 }]) {
      const { services } = await snapshotOf(now);
      const account = weightAccount([state], 'ipvsadm', services);
      expect(account.baseOf(web, server(3), 75)).toBe(75);
      expect(account.inForce(web, server(3), 75)).toBe(75);
    }
  });

  it('are those of the finer scale on which a rollback as a ramp stands', async () => {
    const { state } = await heldAtStepZero();
    const at = { v: 1, atMs: 0, director: 'sim' } as const;
    const first = applyEntry(state, {
      ...{ ...at, type: 'reached', milestone: { kind: 'step', step: 1 } },
    });
    const ramp = rollbackRampFrom(first, { overMs: 60_000, everyMs: 1_000 });
    if (!ramp) throw new Error('no ramp');
    const back = applyEntry(first, {
      ...{
        v: 1,
        atMs: 0,
        type: 'rollback-started',
        cause: 'asked',
        reason: 'asked',
        exitCode: 0,
      },
      ramp,
    });
    const amid = applyEntry(back, {
      ...{ ...at, type: 'reached', milestone: { kind: 'rollback-step', step: 30 } },
    });
    const [plan] = amid.plan.directors[0]?.services ?? [];
    const director = amid.directors.get('sim');
    if (!plan || !director) throw new Error('no service');
    const weightOf = (n: number, of = director): number =>
      expectedTarget(plan, of).weights.get(server(n)) ?? 0;
    const plans = first.directors.get('sim');
    // 60 steps want more units of weight than the one that the step had moved.
    expect(weightOf(3)).toBeGreaterThan(weightOf(3, plans));
    const { weights } = expectedTarget(plan, director);
    const live = Object.fromEntries(
      [...weights].map(([key, weight]) => [key.replace(/^10\.0\.0\.|:80$/g, ''), weight]),
    );
    const snapshot = await snapshotOf(live);
    const { services } = snapshot;
    const account = weightAccount([amid], 'ipvsadm', services);
    expect(account.baseOf(web, server(3), weightOf(3))).toBe(75);
    expect(account.inForce(web, server(3), 75)).toBe(weightOf(3));
    // A server that nobody knows: 50 is to it what 50 is to server 2.
    expect(account.inForce(web, server(9), 50)).toBe(weightOf(2));
    expect(account.baseOf(web, server(9), weightOf(2))).toBe(50);
    const table = { director: 'sim', snapshot, marked: new Map() };
    expect(reconcile(amid, [table]).conflicts).toEqual([]);
  });
});

describe('the weights of a bystander of two rollouts', () => {
  it('are on the scale of the later on top of that of the earlier, in whatever order they are read', async () => {
    const first = await heldAtStepZero();
    const how = { rollout: 'r2', table: first.scaled, from: 2, to: 5 };
    const second = await heldAtStepZero('reached', how);
    expect(second.scaled[3]).not.toBe(first.scaled[3]);
    const { services } = await snapshotOf(second.scaled);
    for (const read of [
      [first.state, second.state],
      [second.state, first.state],
    ]) {
      const account = weightAccount(read, 'ipvsadm', services);
      expect(account.inForce(web, server(3), 75)).toBe(second.scaled[3]);
      expect(account.baseOf(web, server(3), second.scaled[3] ?? 0)).toBe(75);
      // The earlier one moves server 1, and the later one has it as a bystander.
      expect(account.inForce(web, server(1), 100)).toBe(second.scaled[1]);
      expect(account.baseOf(web, server(1), second.scaled[1] ?? 0)).toBe(100);
    }
  });
});

describe('the weights of servers that a rollout moves', () => {
  it('are its own, whatever the table shows; 0 is 0 on every scale', async () => {
    const { state, scaled } = await heldAtStepZero();
    const account = weightAccount([state], 'ipvsadm', (await snapshotOf(scaled)).services);
    // NEW ends with the weight that OLD had.
    expect(account.baseOf(web, server(4), 5)).toBe(100);
    expect(account.baseOf(web, server(1), 5)).toBe(100);
    expect(account.inForce(web, server(1), 100)).toBe(scaled[1]);
    expect(account.inForce(web, server(1), 7)).toBe(scaled[1]);
    for (const n of [1, 2, 4]) {
      expect(account.baseOf(web, server(n), 0)).toBe(0);
      expect(account.inForce(web, server(n), 0)).toBe(0);
    }
  });

  it('are on its scale like those of all others where it takes a server out or puts one in', async () => {
    const { state, scaled } = await heldAtStepZero();
    const { services } = await snapshotOf(scaled);
    for (const none of ['oldServers', 'newServers'] as const) {
      const directors = state.plan.directors.map((one) => ({
        ...one,
        services: one.services.map((service) => ({ ...service, [none]: [] })),
      }));
      const upkeep = { ...state, plan: { ...state.plan, directors } };
      const account = weightAccount([upkeep], 'ipvsadm', services);
      const moved = server(none === 'oldServers' ? 4 : 1);
      const weight = scaled[2] ?? 0;
      expect(account.baseOf(web, moved, weight), none).toBe(account.baseOf(web, server(9), weight));
      expect(account.inForce(web, moved, 50), none).toBe(account.inForce(web, server(9), 50));
    }
  });

  it('are as they are in another table or service, and once it is over there', async () => {
    const { state, scaled } = await heldAtStepZero();
    const { services } = await snapshotOf(scaled);
    const none = weightAccount([state], 'ip netns exec lb ipvsadm', services);
    const dns = 'udp/10.0.0.100:53' as ServiceKey;
    const account = weightAccount([state], 'ipvsadm', services);
    expect([none.baseOf(web, server(3), 9), none.inForce(web, server(3), 9)]).toEqual([9, 9]);
    expect([account.baseOf(dns, server(3), 9), account.inForce(dns, server(3), 9)]).toEqual([9, 9]);
    const retire = { kind: 'retire', service: web, servers: [server(1)], last: true } as const;
    for (const milestone of [retire, { kind: 'rollback' } as const]) {
      const over = applyEntry(state, {
        ...{ v: 1, atMs: 0, type: 'reached', director: 'sim', milestone },
      });
      const left = weightAccount([over], 'ipvsadm', services);
      expect(left.baseOf(web, server(3), 9), milestone.kind).toBe(9);
      expect(left.inForce(web, server(3), 9), milestone.kind).toBe(9);
    }
  });
});
