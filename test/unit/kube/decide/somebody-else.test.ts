import { describe, expect, it } from 'vitest';
import { blankMemory } from '../../../../src/kube/decide/kube-view.ts';
import {
  DecideLab,
  Killed,
  wantedServer as one,
  tainted,
  web,
} from '../../../support/kube/decide-lab.ts';

const running = (): DecideLab => new DecideLab().want([one(1), one(2), one(3)]).until(100);

/** Somebody sets the weight of the first server while no controller runs; then one begins. */
function editedMeanwhile(lab: DecideLab, weight: number): DecideLab {
  const server = lab.services[0]?.servers[0];
  if (!server) throw new Error('no server');
  lab.apply({ kind: 'set-weight', service: web, server: { ...server, weight } });
  lab.memory = blankMemory;
  lab.events.length = 0;
  return lab.until(110);
}

describe('an edit of somebody else while no controller runs', () => {
  it('is kept, and holds its service with a diff until a person goes on', () => {
    const lab = editedMeanwhile(running(), 7);
    expect(lab.weights()).toEqual({ '10.0.0.1': 7, '10.0.0.2': 100, '10.0.0.3': 100 });
    expect(lab.events).toMatchObject([
      { type: 'service-held', diff: ['10.0.0.1:30443: weight 100 expected, 7 found'] },
    ]);
    lab.isContinued = true;
    lab.settle();
    expect(lab.weights()['10.0.0.1']).toBe(100);
  });

  it('is seen of a server that leaves as well', () => {
    const lab = running();
    lab.busy.set(`${web} 10.0.0.1:30443`, { kind: 'busy', connections: 1 });
    lab.want([one(1, { presence: tainted }), one(2), one(3)]).until(101);
    expect(lab.weights()['10.0.0.1']).toBe(0);
    editedMeanwhile(lab, 50);
    expect(lab.weights()['10.0.0.1']).toBe(50);
    expect(lab.events).toMatchObject([
      { type: 'service-held', diff: ['10.0.0.1:30443: weight 0 expected, 50 found'] },
    ]);
  });

  it('is none where the one before was killed between a claim and its edit', () => {
    const lab = running();
    lab.want([one(1, { capacity: 2 }), one(2), one(3)]);
    expect(() => lab.turn(1)).toThrow(Killed);
    expect(lab.claims[0]?.servers[0]).toMatchObject({ weight: 200, from: 100 });
    expect(lab.weights()['10.0.0.1']).toBe(100);
    lab.events.length = 0;
    lab.until(110);
    expect(lab.weights()['10.0.0.1']).toBe(200);
    expect(lab.events).toEqual([]);
  });

  it('is none of a server that was on its ramp', () => {
    const lab = new DecideLab().want([one(1), one(2)]).until(50);
    lab.want([one(1), one(2), one(3)]).until(60);
    const weight = lab.weights()['10.0.0.3'] ?? 0;
    expect(weight).toBeGreaterThan(0);
    lab.memory = blankMemory;
    lab.until(120);
    expect(lab.weights()['10.0.0.3']).toBe(100);
  });
});
