import { describe, expect, it } from 'vitest';
import type { VirtualService } from '../../../../src/domain/ipvs/ipvs.ts';
import type { Plan } from '../../../../src/domain/rollout/plan.ts';
import { built, fourSteps, mark, twoServices, web } from '../../../support/maintenance-table.ts';
import { realServer } from '../../../support/tables.ts';

const known = { remembered: [mark('10.0.0.3:80', 8)] };
const codes = ({ diagnostics }: ReturnType<typeof built>) =>
  diagnostics.map(({ severity, code }) => `${severity} ${code}`);
const steps = (plan: Plan | undefined) => plan?.directors[0]?.services[0]?.steps;

describe('a maintenance of a service whose scheduler', () => {
  const of = (
    direction: 'out' | 'in',
    how: Partial<VirtualService>,
    more: Partial<Parameters<typeof built>[2]> = {},
  ) =>
    built(direction, direction === 'out' ? '10.0.0.1:80' : '10.0.0.3', {
      tables: [twoServices(how, known)],
      ...more,
    });
  const atOnce = { ramp: { ...fourSteps, overMs: 0 } };

  it('ignores weights is done, and a ramp of it said to be none', () => {
    const warning = { severity: 'warning', code: 'scheduler-ignores-weights', service: web };
    const said = 'its scheduler rr does not share by weight: a server has its whole share';
    const rr = { scheduler: 'rr' };
    expect(of('out', rr).diagnostics).toEqual([
      { ...warning, message: `${said} until the last step` },
    ]);
    expect(of('in', rr).diagnostics).toEqual([
      { ...warning, message: `${said} from the first step on` },
    ]);
    expect(of('out', rr, atOnce).diagnostics).toEqual([]);
  });

  it('refuses clients at weight 0 is refused, with the flag that would help, on the way out', () => {
    const leave = `leave the service out with --service (this is ${web})`;
    const next = (scheduler: string) => of('out', { scheduler }).diagnostics.map((one) => one.next);
    expect(next('sh')).toEqual([`set the flag (ipvsadm -E … -s sh -b sh-fallback), or ${leave}`]);
    expect(next('dh')).toEqual([leave]);
    expect(codes(of('out', { scheduler: 'sh' }))).toEqual(['error scheduler-refuses-at-zero']);
    expect(codes(of('in', { scheduler: 'sh' }))).toEqual([]);
    const quiesced = { tables: [twoServices({ scheduler: 'dh' }, known)] };
    expect(codes(built('out', '10.0.0.3', quiesced))).toEqual([]);
    expect(codes(built('out', '10.0.0.3,10.0.0.1:80', quiesced))).toEqual([
      'error scheduler-refuses-at-zero',
    ]);
  });

  it('follows them nearly is warned of, where there is a ramp', () => {
    expect(codes(of('out', { scheduler: 'twos' }))).toEqual([
      'warning scheduler-approximates-weights',
    ]);
    expect(codes(of('out', { scheduler: 'twos' }, atOnce))).toEqual([]);
    const own = of('out', { scheduler: 'own' }, atOnce);
    expect(codes(own)).toEqual(['warning scheduler-unknown']);
  });

  it('has places finds room in them, and gets no advice to switch it', () => {
    const sh = {
      scheduler: 'sh',
      schedulerFlags: ['sh-fallback'],
      servers: [realServer('10.0.0.1', 300), realServer('10.0.0.2', 300)],
    };
    const many = of('out', sh);
    expect(steps(many.plan)?.slice(0, 2)).toEqual([
      [128, 128],
      [96, 128],
    ]);
    expect(many.diagnostics.map(({ code, next }) => [code, next])).toEqual([
      ['scheduler-approximates-weights', undefined],
      ['scheduler-out-of-places', undefined],
    ]);
  });

  it('counts connections is warned of where the server that comes back gets them all', () => {
    const table = twoServices({ scheduler: 'wlc' }, known);
    const counts = { weight: 4, activeConn: 100, inActConn: 0, persistConn: 0 };
    const servers = new Map(['10.0.0.1:80', '10.0.0.2:80'].map((key) => [key, counts]));
    const sample = { service: web, scheduler: 'wlc', servers } as never;
    const snapshot = { ...table.snapshot, samples: new Map([[web, sample]]) };
    const tables = [{ ...table, snapshot }];
    const found = built('in', '10.0.0.3', { tables });
    expect(found.diagnostics.map(({ code, next }) => [code, next])).toEqual([
      ['scheduler-approximates-weights', undefined],
      ['scheduler-counts-connections', undefined],
    ]);
    expect(codes(built('in', '10.0.0.3', { tables, ...atOnce }))).toEqual([]);
  });
});
