import { describe, expect, it } from 'vitest';
import {
  DecideLab,
  defaultTerms,
  wantedServer as one,
  tainted,
  web,
} from '../../../support/kube/decide-lab.ts';

const held = '20260101-120000000-7f3a';
const adopting = (): DecideLab => {
  const lab = new DecideLab().foreign({ '10.0.0.1': 24, '10.0.0.2': 8, '10.0.0.9': 8 });
  lab.terms = { ...defaultTerms, adopts: true };
  return lab.want([one(1), one(2), one(3)]);
};

describe('a service that an unfinished rollout has', () => {
  it('is left alone, and said once, until that is over; then the cluster takes it', () => {
    const lab = adopting();
    lab.waitsFor.set(web, held);
    lab.until(100);
    lab.isContinued = true;
    lab.until(200);
    lab.isContinued = false;
    expect([lab.changes, lab.claims]).toEqual([[], []]);
    expect(lab.events).toMatchObject([
      {
        ...{ type: 'service-held', why: 'rollout', owner: { namespace: 'ingress' } },
        diff: [expect.stringContaining(`abandon ${held}`)],
      },
    ]);
    expect([...(lab.decide().services[0]?.states.values() ?? [])]).toEqual(
      Array(3).fill('waiting'),
    );
    lab.waitsFor.clear();
    lab.until(300);
    expect(lab.events.map(({ type }) => type)).toContain('service-released');
    expect(lab.events.filter(({ type }) => type === 'service-released')).toHaveLength(1);
    expect(lab.claims).toMatchObject([{ service: web, servers: { length: 3 } }]);
  });

  it('stays the cluster’s where it has that already: what leaves goes on to leave', () => {
    const lab = new DecideLab().want([one(1), one(2), one(3)]).until(100);
    lab.waitsFor.set(web, held);
    lab.want([one(1, { presence: tainted }), one(2), one(3)]).until(200);
    expect(lab.weights()).toEqual({ '10.0.0.2': 100, '10.0.0.3': 100 });
  });
});
