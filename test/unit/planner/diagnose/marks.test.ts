import { describe, expect, it } from 'vitest';
import type { ServerKey, ServiceKey } from '../../../../src/domain/address.ts';
import type { Plan } from '../../../../src/domain/rollout/plan.ts';
import { buildPlan } from '../../../../src/planner/build-plan.ts';
import {
  type ClaimedTable,
  examineMarks,
  inCommand,
  outSentence,
} from '../../../../src/planner/diagnose/examine-marks.ts';
import type { Remembered } from '../../../../src/planner/maintenance/remembered.ts';
import { built, mark, twoServices } from '../../../support/maintenance-table.ts';
import { request } from '../../../support/simulated-rollout.ts';
import { realServer, snapshotOf, wrrService } from '../../../support/tables.ts';

const service = 'tcp/10.0.0.100:80' as ServiceKey;
const sinceMs = Date.UTC(2026, 0, 2, 3, 4, 5);
const since = '2026-01-02 03:04 UTC';
const around = { address: '10.0.0.1', around: 'around-7', pid: 812, sinceMs };

function handOver(to = '10.0.0.2'): Plan {
  const snapshot = snapshotOf([
    wrrService([realServer('10.0.0.1', 12), realServer('10.0.0.2', 0), realServer('10.0.0.3', 5)]),
  ]);
  const { plan } = buildPlan(request({ from: '10.0.0.1', to }), [{ director: 'lb', snapshot }]);
  if (!plan) throw new Error('no plan');
  return plan;
}

const found = (claims: Partial<ClaimedTable>, { force = false, plan = handOver() } = {}) =>
  examineMarks(plan, [{ director: 'lb', remembered: [], arounds: [], ...claims }], { force });
const conflict = { severity: 'error', kind: 'conflict', service };

describe('a new server that somebody has out', () => {
  it('is brought in by its operator first', () => {
    const marks = [mark('10.0.0.2:80', 9, { sinceMs })];
    const message = `an operator has 10.0.0.2:80 out since ${since}`;
    expect(found({ remembered: marks })).toEqual([
      {
        ...conflict,
        code: 'server-out',
        message,
        next: ['bring it in first: ', ['in', '10.0.0.2:80'], ', or insist with --force'],
      },
    ]);
    expect(found({ remembered: marks }, { force: true })).toEqual([
      {
        severity: 'warning',
        code: 'server-out',
        service,
        message: `${message}; passed over, as asked for with --force`,
      },
    ]);
  });

  it('is left to the guard where its health check fails', () => {
    const health = { reason: 'health' } as const;
    const says = (more: Partial<Remembered>) =>
      found({ remembered: [mark('10.0.0.2:80', 9, { ...health, ...more })] });
    const unhealthy = {
      ...conflict,
      code: 'server-unhealthy',
      message: 'drain guard keeps 10.0.0.2:80 out: its health check fails',
      next: 'look at the server; the guard brings it back, or insist with --force',
    };
    expect(says({})).toEqual([unhealthy]);
    expect(says({ sinceMs })).toEqual([
      {
        ...unhealthy,
        message: `drain guard keeps 10.0.0.2:80 out since ${since}: its health check fails`,
      },
    ]);
  });

  it('is free where the mark is of another service or server, or the server has weight', () => {
    const other = 'tcp/10.0.0.100:81' as ServiceKey;
    expect(found({ remembered: [mark('10.0.0.2:80', 9, { service: other })] })).toEqual([]);
    expect(found({ remembered: [mark('10.0.0.4:80', 9)] })).toEqual([]);
    expect(found({ remembered: [mark('10.0.0.1:80', 9)] })).toEqual([]);
    const filled = handOver('10.0.0.3');
    expect(found({ remembered: [mark('10.0.0.3:80', 9)] }, { plan: filled })).toEqual([]);
    // One that is to be added has no weight in the table to be asked for.
    const added = handOver('10.0.0.9');
    expect(found({ remembered: [mark('10.0.0.9:80', 9)] }, { plan: added })).toEqual([]);
    expect(found({ director: 'lb2', remembered: [mark('10.0.0.2:80', 9)] })).toEqual([]);
  });

  it('is nobody else’s in a plan that takes it out or brings it in', () => {
    const tables = [twoServices({}, { remembered: [mark('10.0.0.3:80', 8)] })];
    const { plan } = built('in', '10.0.0.3', { tables });
    expect(found({ remembered: [mark('10.0.0.3:80', 8)] }, { plan })).toEqual([]);
  });
});

describe('a server that a drain around is at', () => {
  const message = `around-7 has 10.0.0.1:80 out while its command runs (process 812, since ${since})`;

  it('is neither drained nor filled, at whatever port', () => {
    const next = ['wait until it is over (', ['status', 'around-7'], '), or insist with --force'];
    const inAround = { ...conflict, code: 'server-in-around', message, next };
    expect(found({ arounds: [around] })).toEqual([inAround]);
    const atNew = { ...around, address: '10.0.0.2' };
    const ofNew = { ...inAround, message: message.replace('10.0.0.1', '10.0.0.2') };
    // The mark that it has made is its own.
    const remembered = [mark('10.0.0.2:80', 9)];
    expect(found({ arounds: [atNew], remembered })).toEqual([ofNew]);
    expect(found({ arounds: [{ ...around, address: '10.0.0.3' }] })).toEqual([]);
  });

  it('is left alone by a maintenance too', () => {
    const { plan } = built('out', '10.0.0.1:80');
    expect(found({ arounds: [around] }, { plan: plan as Plan })).toMatchObject([{ message }]);
  });

  it('is said once where two directors have it', () => {
    const one = handOver();
    const [lb] = one.directors;
    if (!lb) throw new Error('no director');
    const plan = { ...one, directors: [lb, { ...lb, director: 'lb2' }] };
    const claims = { remembered: [], arounds: [around] };
    const tables = ['lb', 'lb2'].map((director) => ({ director, ...claims }));
    expect(examineMarks(plan, tables, { force: false })).toHaveLength(1);
  });
});

describe('a server that a guard brings back', () => {
  it('is filled no further before it has its weight', () => {
    const health = (weight: number) => mark('10.0.0.3:80', weight, { reason: 'health' });
    const plan = handOver('10.0.0.3');
    expect(found({ remembered: [health(6)] }, { plan })).toMatchObject([
      {
        code: 'server-slow-start',
        message: 'drain guard is bringing 10.0.0.3:80 back, at weight 5 of 6 by now',
      },
    ]);
    expect(found({ remembered: [{ ...health(6), percent: 80 }] }, { plan })).toMatchObject([
      {
        code: 'server-slow-start',
        message:
          'the agent of 10.0.0.3:80 asks for 80% of its weight, and drain guard has it at 5 of 6',
      },
    ]);
    expect(found({ remembered: [health(5)] }, { plan })).toEqual([]);
    expect(found({ remembered: [mark('10.0.0.3:80', 6)] }, { plan })).toEqual([]);
  });
});

describe('what is said of a server that an operator has out', () => {
  const key = '10.0.0.2:80' as ServerKey;

  it('names the time and the other place, where they are known', () => {
    expect(outSentence(key, {})).toBe('an operator has 10.0.0.2:80 out');
    const at = { state: '/root/.local/state/drain', user: 'ann' } as never;
    expect(outSentence(key, { sinceMs, at })).toMatch(
      /^an operator has 10\.0\.0\.2:80 out since 2026-01-02 03:04 UTC \(.*\/root\/\.local\/state\/drain.*\)$/,
    );
  });

  it('names the command that brings it in, by the store that has it out', () => {
    expect(inCommand(key, undefined)).toEqual(['in', key]);
    expect(inCommand(key, { state: '/srv/drain' } as never)).toEqual([
      'in',
      key,
      '--state',
      '/srv/drain',
    ]);
  });
});
