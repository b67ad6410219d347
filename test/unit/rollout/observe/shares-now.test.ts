import { describe, expect, it } from 'vitest';
import type { ServerKey } from '../../../../src/domain/address.ts';
import type { ServiceSample } from '../../../../src/domain/ipvs/ipvs.ts';
import { decide } from '../../../../src/rollout/decide/decide.ts';
import { initialObservation, withDirector } from '../../../../src/rollout/observe/observation.ts';
import { sharesNow } from '../../../../src/rollout/observe/shares-now.ts';
import { directorPlan, directorState } from '../../../../src/rollout/state/rollout-state.ts';
import {
  fresh,
  listedAt,
  old,
  other,
  reachedOn,
  stateAfter,
  web,
} from '../../../support/engine-state.ts';

/** After half of the ramp, where 10.0.0.1 and 10.0.0.2 have as much weight as each other. */
const half = stateAfter(reachedOn(['lb1'], { kind: 'step', step: 6 }));
const plan = directorPlan(half, 'lb1');
const [service] = plan.services;
if (!service) throw new Error('a plan without a service');

function live(weights: ReadonlyMap<ServerKey, number>, scheduler = 'wrr'): ServiceSample {
  const counts = { activeConn: 0, inActConn: 0, persistConn: 0 };
  const servers = [...weights].map(([key, weight]) => [key, { weight, ...counts }] as const);
  return { service: web, scheduler, servers: new Map(servers) };
}

const words = (sample: ServiceSample): string =>
  sharesNow(service, directorState(half, plan), sample);

const table = (o: number, n: number, by: number) =>
  live(
    new Map([
      [old, o],
      [fresh, n],
      [other, by],
    ]),
  );

describe('shares that an edit of somebody else leaves', () => {
  it('are said of every server beside those that are due, the largest first', () => {
    expect(words(table(1, 1, 10))).toBe(
      `${other} 83 % (due 50 %), ${old} 8 % (due 25 %), ${fresh} 8 % (due 25 %)`,
    );
    expect(words(table(2, 0, 2))).toBe(
      `${old} 50 % (due 25 %), ${other} 50 % (due 50 %), ${fresh} 0 % (due 25 %)`,
    );
  });

  it('are nothing to tell where they are as due, whatever the scale, or weights say little', () => {
    expect(words(table(5, 5, 10))).toBe('');
    expect(words(table(500, 501, 1_000))).toBe('');
    expect(words({ ...table(9, 1, 1), scheduler: 'rr' })).toBe('');
    expect(words({ ...table(9, 1, 1), scheduler: 'sh' })).toBe('');
  });

  it('are counted of a service without weight as none', () => {
    expect(words(table(0, 0, 0))).toBe(
      `${old} 0 % (due 25 %), ${fresh} 0 % (due 25 %), ${other} 0 % (due 50 %)`,
    );
  });

  it('stand in the message of a rollout that stops because of it', () => {
    const seen = withDirector(initialObservation(['lb1'], 0), 'lb1', () => {
      const listed = listedAt(half, 'lb1', 1);
      const sample = { atMs: 1, services: new Map([[web, table(1, 1, 10)]]) };
      return { ...listed, sample };
    });
    const { multiplier, divisor } = service.scale;
    const action = decide(half, seen, 1);
    expect(multiplier).not.toBe(divisor);
    expect(action).toMatchObject({ kind: 'end', outcome: 'held', exitCode: 6 });
    expect('message' in action && action.message).toContain(
      `nothing overwritten; new connections now: ${other} 83 % (due 50 %), ${old} 8 % (due 25 %)`,
    );
  });
});
