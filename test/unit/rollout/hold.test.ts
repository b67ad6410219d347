import { describe, expect, it } from 'vitest';
import { type ServiceKey, serverKey } from '../../../src/domain/address.ts';
import type { DrainEvent } from '../../../src/domain/events/event.ts';
import type { DirectorAccess } from '../../../src/domain/places/director-access.ts';
import { tableOf } from '../../../src/domain/rollout/rollout-locks.ts';
import { buildPlan } from '../../../src/planner/build-plan.ts';
import { nextBaseScale } from '../../../src/rollout/state/base-scale.ts';
import type { Milestone } from '../../../src/rollout/state/director-state.ts';
import { foldJournal } from '../../../src/rollout/state/journal.ts';
import { weightAccount } from '../../../src/rollout/state/weight-account.ts';
import { connect } from '../../support/simulated-ipvs.ts';
import { type Played, playRollout, request } from '../../support/simulated-rollout.ts';
import { realServer, snapshotOf, wrrService } from '../../support/tables.ts';

const table = (old: number, other: number) => `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w ${old}
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w ${other}
`;
const handOver = { from: '10.0.0.1', to: '10.0.0.2' };

const weightsIn = (text: string): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...text.matchAll(/-r (\S+):80 .*-w (\d+)/g)].map(([, server, weight]) => [
      server,
      Number(weight),
    ]),
  );

const lastStep = ({ events }: Pick<Played, 'events'>) =>
  events.findLast(
    (event): event is DrainEvent & { readonly type: 'step-applied' } =>
      event.type === 'step-applied',
  );

const warned = ({ events }: Pick<Played, 'events'>, code: string) =>
  events.filter((event) => event.type === 'warning' && event.code === code);

/** A rollout in 12 steps of 5 s that hears SIGINT after half of them. */
const interrupted = (old: number, other: number) =>
  playRollout(handOver, { seed: 7, table: table(old, other) }, (sim, stop) => {
    sim.at(sim.clock.nowMs() + 32_000, () => stop({ signal: 'sigint', again: false }));
  });

describe('a rollout that is held in mid-ramp', () => {
  it('leaves its service on the base scale, with the shares of the step', async () => {
    const held = await interrupted(100, 100);
    expect(held.end).toMatchObject({ outcome: 'held', exitCode: 130 });
    const step = lastStep(held);
    expect(step).toMatchObject({ step: 6, movedFraction: 0.5 });
    // The step itself was on a scale of its own.
    expect(step?.weights['10.0.0.3:80']).not.toBe(100);
    expect(weightsIn(held.after)).toEqual({ '10.0.0.1': 50, '10.0.0.2': 50, '10.0.0.3': 100 });
    expect(held.end.message).not.toContain('scale');
    expect(warned(held, 'base-scale')).toMatchObject([
      {
        service: 'tcp/10.0.0.100:80',
        message:
          'its weights on sim are on the scale from before the rollout while it stands still, with the same shares: 10.0.0.1:80 50, 10.0.0.2:80 50, 10.0.0.3:80 100',
      },
    ]);
  });

  it('goes on from there on the scale of the ramp, to the end that it would have had', async () => {
    const held = await interrupted(100, 100);
    const steps = held.events.length;
    expect(await held.resume()).toMatchObject({ outcome: 'done', exitCode: 0 });
    const after = held.events.slice(steps).filter(({ type }) => type === 'step-applied');
    expect(after).toHaveLength(6);
    expect(after[0]).toMatchObject({ step: 7 });
    const saved = held.simulation.ipvsadm(['-Sn']);
    const text = saved.kind === 'exited' ? saved.stdout : '';
    expect(weightsIn(text)).toEqual({ '10.0.0.2': 100, '10.0.0.3': 100 });
  });

  it('stays where whole weights cannot say its shares, and says what a newcomer needs', async () => {
    const held = await interrupted(1, 1);
    const step = lastStep(held);
    expect(weightsIn(held.after)).toEqual({
      '10.0.0.1': step?.weights['10.0.0.1:80'],
      '10.0.0.2': step?.weights['10.0.0.2:80'],
      '10.0.0.3': step?.weights['10.0.0.3:80'],
    });
    const scale = step?.weights['10.0.0.3:80'];
    expect(held.end.message).toBe(
      `SIGINT: held at step 6 of 12; tcp/10.0.0.100:80 is on the scale of the ramp (x ${scale}): a server that usually has weight 1 needs ${scale} there`,
    );
    expect(warned(held, 'base-scale')).toEqual([]);
  });

  it("at the drain deadline has the bystanders at their weights, and the new server at what was the old one's", async () => {
    const held = await playRollout(
      { ...handOver, policy: { drainTimeoutMs: 20_000 } },
      { seed: 7, table: table(100, 25) },
      (sim) => {
        for (let port = 1; port <= 20; port++) connect(sim, 2_000 + port);
      },
    );
    expect(held.end).toMatchObject({ outcome: 'held', exitCode: 4 });
    expect(weightsIn(held.after)).toEqual({ '10.0.0.1': 0, '10.0.0.2': 100, '10.0.0.3': 25 });
  });

  it("is not edited after a second SIGINT, nor over somebody else's edit", async () => {
    const again = await playRollout(handOver, { seed: 7, table: table(100, 100) }, (sim, stop) => {
      sim.at(sim.clock.nowMs() + 32_000, () => stop({ signal: 'sigint', again: true }));
    });
    expect(again.end.exitCode).toBe(130);
    expect(again.end.message).toContain('needs');
    expect(weightsIn(again.after)['10.0.0.3']).toBe(lastStep(again)?.weights['10.0.0.3:80']);
    const foreign = await playRollout(handOver, { seed: 7, table: table(100, 100) }, (sim) => {
      sim.at(sim.clock.nowMs() + 32_000, () => {
        sim.ipvsadm(['-e', '-t', '10.0.0.100:80', '-r', '10.0.0.1:80', '-m', '-w', '77']);
      });
    });
    expect(foreign.end.exitCode).toBe(6);
    expect(weightsIn(foreign.after)['10.0.0.1']).toBe(77);
    expect(weightsIn(foreign.after)['10.0.0.3']).toBe(lastStep(foreign)?.weights['10.0.0.3:80']);
  });
});

describe('a rollout that is paused', () => {
  const weightsAfter = async (ms: number) => {
    let seen: Readonly<Record<string, number>> = {};
    const played = await playRollout(
      handOver,
      { seed: 7, table: table(100, 100) },
      (sim, _, ask) => {
        const startMs = sim.clock.nowMs();
        sim.at(startMs + 32_000, () => ask({ kind: 'pause' }));
        sim.at(startMs + 32_000 + ms, () => {
          const saved = sim.ipvsadm(['-Sn']);
          seen = weightsIn(saved.kind === 'exited' ? saved.stdout : '');
          ask({ kind: 'continue' });
        });
      },
    );
    expect(played.end).toMatchObject({ outcome: 'done', exitCode: 0 });
    expect(weightsIn(played.after)).toEqual({ '10.0.0.2': 100, '10.0.0.3': 100 });
    expect(played.events.filter(({ type }) => type === 'step-applied')).toHaveLength(13);
    return seen;
  };

  it('for long has its base scale back meanwhile, and goes on as before', async () => {
    expect(await weightsAfter(90_000)).toEqual({
      '10.0.0.1': 50,
      '10.0.0.2': 50,
      '10.0.0.3': 100,
    });
  });

  it('for a moment is left as it is', async () => {
    expect((await weightsAfter(20_000))['10.0.0.3']).not.toBe(100);
  });
});

describe('the account of a service that a hold has put on its base scale', () => {
  const servers = [1, 3].map((n) => realServer(`10.0.0.${n}`, 100));
  const snapshot = snapshotOf([wrrService(servers)]);
  const { plan } = buildPlan(request(handOver), [{ director: 'sim', snapshot }]);
  const access = [{ director: 'sim', where: 'local', ipvsadm: 'ipvsadm' }];
  const head = { v: 1, atMs: 1 } as const;
  const held = (...milestones: readonly Milestone[]) => {
    if (!plan) throw new Error('no plan');
    return foldJournal([
      { ...head, type: 'opened', rollout: 'r', plan, access, startAtMs: 1 },
      ...milestones.map(
        (milestone) => ({ ...head, type: 'reached', director: 'sim', milestone }) as const,
      ),
      { ...head, type: 'ended', outcome: 'held', exitCode: 130, message: 'SIGINT' },
    ]);
  };
  const service = snapshot.services[0]?.key as ServiceKey;
  const step = { kind: 'step', step: 6 } as const;
  const base = { kind: 'base-scale', services: [{ service, weights: [50, 50, 100] }] } as const;
  const newcomer = serverKey('10.0.0.9', 80);
  const inForce = (state: ReturnType<typeof held>, server = newcomer) =>
    weightAccount([state], tableOf(access[0] as DirectorAccess), []).inForce(service, server, 100);

  it('is that a newcomer has its own weight, and a moved server what stands for it', () => {
    expect(nextBaseScale(held(step))).toEqual({ directors: ['sim'], milestone: base });
    expect(inForce(held(step))).not.toBe(100);
    expect(inForce(held(step, base))).toBe(100);
    expect(inForce(held(step, base), serverKey('10.0.0.1', 80))).toBe(50);
    expect(nextBaseScale(held(step, base))).toBeUndefined();
  });

  it("is the scale of the ramp again from its next step on, and nobody's after a rollback", () => {
    expect(inForce(held(step, base, { kind: 'step', step: 7 }))).not.toBe(100);
    expect(inForce(held(step, base, { kind: 'rollback' }))).toBe(100);
  });
});
