import { describe, expect, it } from 'vitest';
import type { ServerKey } from '../../../../src/domain/address.ts';
import { decideService } from '../../../../src/guard/decide/decide-guard.ts';
import type { Health } from '../../../../src/guard/decide/health.ts';
import {
  blankMemory,
  type ServiceMemory,
  type ServiceView,
} from '../../../../src/guard/decide/service-view.ts';
import { guarded, web } from '../../../support/simulated-guard.ts';
import { realServer, wrrService } from '../../../support/tables.ts';

const nowMs = 100_000;
const key = (n: number) => `10.0.0.${n}:80` as ServerKey;
const [a, b, c] = [key(1), key(2), key(3)];
/** Good answers since 10 s, the last asked for a second ago. */
const good = { passed: true, count: 9, sinceMs: 90_000, askedMs: 99_000, detail: '' };
const up: Health = { verdict: 'up', downsMs: [], streak: good };
/** Bad answers since 5 s. */
const bad = { passed: false, count: 3, sinceMs: 95_000, askedMs: 99_000, detail: '' };
const down: Health = { verdict: 'down', downsMs: [], streak: bad };
const recovering: Health = { ...down, streak: { ...good, count: 1 } };

interface Sketch extends Partial<Omit<ServiceView, 'memory' | 'health' | 'marks'>> {
  readonly weights: readonly number[];
  readonly health?: readonly (Health | undefined)[];
  readonly marks?: readonly (readonly [ServerKey, number])[];
  readonly memory?: Partial<ServiceMemory>;
}
const decided = ({ weights, health = [], marks = [], memory, ...more }: Sketch) =>
  decideService({
    guarded,
    live: wrrService(weights.map((weight, i) => realServer(`10.0.0.${i + 1}`, weight))),
    nowMs,
    health: new Map(health.flatMap((one, i) => (one ? [[key(i + 1), one] as const] : []))),
    marks: new Map(marks),
    operatorOut: new Set(),
    maintenance: new Set(),
    memory: { ...blankMemory, ...memory },
    ...more,
  });
const edits = (sketch: Sketch) =>
  decided(sketch).edits.map(({ server, weight, reason, wanted }) => [
    server.key,
    `${server.weight} -> ${weight}`,
    reason,
    wanted,
  ]);
const types = (sketch: Sketch) => decided(sketch).events.map(({ type }) => type);
const two = { minHealthy: { kind: 'count', count: 2 } } as const;

describe('a server that is down beside one that is up', () => {
  const sketch: Sketch = { weights: [100, 70, 0], health: [up, down, up] };

  it('is taken to 0, with a mark of the weight to come back to, and the event says from where', () => {
    const { putMarks, dropMarks, events, memory } = decided(sketch);
    expect(edits(sketch)).toEqual([[b, '70 -> 0', 'dead', 70]]);
    expect([...putMarks]).toEqual([[b, 70]]);
    expect(dropMarks).toEqual([]);
    expect(events).toEqual([
      {
        ...{ type: 'weight-set', service: web, server: b, reason: 'dead' },
        ...{ from: 70, to: 0, wanted: 70 },
      },
    ]);
    expect([...memory.known]).toEqual([
      [a, 100],
      [b, 0],
      [c, 0],
    ]);
    expect(memory).toMatchObject({ looksDead: false, kept: [] });
  });

  it('in mid-ramp comes back to its full weight, not to that of the ramp', () => {
    const half: Sketch = { ...sketch, marks: [[b, 200]], memory: { known: new Map([[b, 70]]) } };
    expect(edits(half)).toEqual([[b, '70 -> 0', 'dead', 200]]);
  });

  it.each([
    ['it answers again', [up, recovering]],
    ['it was never judged', [up, { verdict: 'unknown', downsMs: [] }]],
    ['nobody was asked yet', []],
  ] as const)('keeps its weight where %s', (_, health) => {
    expect(edits({ ...sketch, health })).toEqual([]);
  });

  it('keeps its weight where an operator has it out', () => {
    expect(edits({ ...sketch, operatorOut: new Set([b]) })).toEqual([]);
  });
});

describe('a server with more weight than its mark', () => {
  it('keeps it where nobody asks for less', () => {
    const sketch: Sketch = {
      ...{ weights: [114, 70], health: [up, up], marks: [[a, 1]] },
      memory: { known: new Map([[a, 114]]) },
    };
    expect(edits(sketch)).toEqual([]);
  });
});

describe('two servers that are down', () => {
  const later: Health = { ...down, streak: { ...bad, sinceMs: 96_000 } };
  const sketch: Sketch = { weights: [100, 100, 100], health: [later, down, up] };

  it('go, the longest dead first, as long as enough are left', () => {
    expect(edits(sketch).map(([server]) => server)).toEqual([b, a]);
  });

  it('of which one has to stay: the one that died last, reported once', () => {
    const least = { ...sketch, guarded: { ...guarded, ...two } };
    expect(edits(least).map(([server]) => server)).toEqual([b]);
    expect(decided(least).events.at(-1)).toEqual({
      ...{ type: 'weights-kept', service: web, reason: 'min-healthy' },
      ...{ servers: [a], least: 2 },
    });
    expect(decided(least).memory.kept).toEqual([a]);
    expect(types({ ...least, memory: { kept: [a] } })).toEqual(['weight-set']);
    expect(types({ ...least, memory: { kept: [c] } })).toEqual(['weight-set', 'weights-kept']);
  });
});

describe('a service of which all are down', () => {
  const sketch: Sketch = { weights: [100, 100, 0], health: [down, down, down] };

  it('keeps its weights, and says so once, with those that serve', () => {
    expect(decided(sketch).events).toEqual([
      {
        ...{ type: 'weights-kept', service: web, reason: 'everything-looks-dead' },
        ...{ servers: [a, b], least: 1 },
      },
    ]);
    expect(decided(sketch).edits).toEqual([]);
    expect(decided({ ...sketch, memory: { looksDead: true } }).events).toEqual([]);
  });

  it('is alive again with the first good answer, and looks dead no longer', () => {
    const first: Sketch = { ...sketch, health: [recovering, down], memory: { looksDead: true } };
    expect(types(first)).toEqual(['alive-again']);
    expect(decided(first).memory.looksDead).toBe(false);
  });

  it('looks dead until then, even without an answer', () => {
    const none: Sketch = { ...sketch, health: [], memory: { looksDead: true } };
    expect(decided(none)).toMatchObject({ events: [], memory: { looksDead: true } });
    expect(decided({ ...sketch, health: [] }).memory.looksDead).toBe(false);
  });

  it('is not judged by a server that a person has put to 0, or wants out', () => {
    expect(types({ ...sketch, health: [down, down, up] })).toEqual(['weights-kept']);
    const out: Sketch = { ...sketch, weights: [100, 100, 100], health: [down, down, up] };
    expect(edits({ ...out, operatorOut: new Set([c]) })).toEqual([]);
    expect(edits({ ...out, maintenance: new Set([c]) })).toEqual([]);
    expect(edits(out)).toHaveLength(2);
  });
});

describe('a server in the maintenance folder', () => {
  it('goes without a word of its check, as far as enough are left that are not down', () => {
    const maintenance = new Set([a]);
    expect(edits({ weights: [100, 50], maintenance })).toEqual([
      [a, '100 -> 0', 'maintenance', 100],
    ]);
    expect(edits({ weights: [100, 50], maintenance, health: [up, down] })).toEqual([]);
    expect(edits({ weights: [100, 0], maintenance })).toEqual([]);
    expect(edits({ weights: [0, 50], maintenance })).toEqual([]);
    expect(types({ weights: [100, 0], maintenance })).toEqual(['weights-kept']);
    expect(edits({ weights: [100, 50], maintenance, operatorOut: new Set([a]) })).toEqual([]);
  });

  it('is not one of those that have to be left', () => {
    const maintenance = new Set([a, b]);
    const one = edits({ weights: [100, 100, 100], maintenance, guarded: { ...guarded, ...two } });
    expect(one).toEqual([[a, '100 -> 0', 'maintenance', 100]]);
  });

  it('stays at 0 while it is there, whatever its check says', () => {
    const sketch: Sketch = { weights: [0, 100], marks: [[a, 100]], health: [up, up] };
    expect(edits({ ...sketch, maintenance: new Set([a]) })).toEqual([]);
    expect(edits(sketch)).toEqual([[a, '0 -> 1', 'ramp', 100]]);
  });
});

describe('a marked server that is up again', () => {
  const sketch: Sketch = { weights: [0, 100], marks: [[a, 100]], health: [up, up] };

  it('comes back over 30 s: 1 at once, 10 after three seconds, and is asked for by then', () => {
    const first = decided(sketch);
    expect(first).toMatchObject({ dueMs: nowMs + 3_000, dropMarks: [] });
    expect([...first.memory.ramps]).toEqual([[a, nowMs]]);
    const at = (elapsedMs: number, weight: number) =>
      decided({
        ...sketch,
        weights: [weight, 100],
        memory: { ramps: new Map([[a, nowMs - elapsedMs]]), known: new Map([[a, weight]]) },
      });
    expect(at(2_999, 1).edits).toEqual([]);
    expect(at(3_000, 1).edits).toMatchObject([{ weight: 10, reason: 'ramp', wanted: 100 }]);
    expect(at(3_000, 1).dueMs).toBe(nowMs + 3_000);
    expect(at(30_000, 90)).toMatchObject({ edits: [{ weight: 100 }], dropMarks: [a] });
    expect(at(30_000, 90).dueMs).toBeUndefined();
  });

  it('goes on where it was after a restart', () => {
    const restarted = decided({ ...sketch, weights: [40, 100] });
    expect(restarted.edits).toEqual([]);
    expect([...restarted.memory.ramps]).toEqual([[a, nowMs - 12_000]]);
  });

  it.each([
    ['is down', [down, up]],
    ['has one good answer', [recovering, up]],
    ['was bad just now', [{ ...down, verdict: 'up' }, up]],
    ['was not asked', [undefined, up]],
  ] as const)('stays at 0 where it %s', (_, health) => {
    expect(edits({ ...sketch, health })).toEqual([]);
  });

  it('stays at 0 where an operator has it out', () => {
    expect(edits({ ...sketch, operatorOut: new Set([a]) })).toEqual([]);
  });

  it('wakes the guard for the first of several', () => {
    const both: Sketch = {
      weights: [0, 0, 100],
      marks: [
        [a, 100],
        [b, 3],
      ],
      health: [up, up, up],
    };
    expect(decided(both).dueMs).toBe(nowMs + 3_000);
  });
});

describe('a weight of a marked server that somebody set', () => {
  const known = (weight: number) => ({ memory: { known: new Map([[a, weight]]) } });
  const sketch: Sketch = { weights: [60, 100], marks: [[a, 100]], health: [up, up] };
  const taken = (before: number, weight: number) => ({
    ...{ type: 'weight-taken', service: web, server: a },
    ...{ weight, before },
  });

  it('is the one to come back to from then on', () => {
    const decision = decided({ ...sketch, ...known(10) });
    expect(decision.events).toEqual([taken(10, 60)]);
    expect(decision.dropMarks).toEqual([a]);
    expect(decision.edits).toEqual([]);
    expect([...decided({ ...sketch, ...known(10), health: [] }).putMarks]).toEqual([[a, 60]]);
  });

  it('of 0 is theirs: the mark goes', () => {
    const decision = decided({ ...sketch, weights: [0, 100], ...known(10) });
    expect(decision).toMatchObject({ dropMarks: [a], edits: [], events: [taken(10, 0)] });
  });

  it('is told from a ramp that was cut off by being above the mark, after a restart', () => {
    expect(decided({ ...sketch, weights: [100, 100] }).events).toEqual([]);
    expect(decided({ ...sketch, weights: [101, 100] }).events).toEqual([taken(100, 101)]);
  });

  it('says nothing where an operator has it out', () => {
    const decision = decided({ ...sketch, ...known(10), operatorOut: new Set([a]) });
    expect(decision).toMatchObject({ events: [], dropMarks: [] });
    expect(decision.putMarks.size).toBe(0);
  });
});

describe('a mark of a server that is not in the table', () => {
  it('is dropped after a minute', () => {
    const gone = (sinceMs?: number) =>
      decided({
        weights: [100],
        marks: [[b, 50]],
        memory: sinceMs === undefined ? {} : { absentMs: new Map([[b, sinceMs]]) },
      });
    expect(gone()).toMatchObject({ dropMarks: [] });
    expect([...gone().memory.absentMs]).toEqual([[b, nowMs]]);
    expect(gone(nowMs - 59_999).dropMarks).toEqual([]);
    expect(gone(nowMs - 60_000).dropMarks).toEqual([b]);
  });

  it('is kept where the server is there again', () => {
    const back = decided({
      weights: [0, 100],
      marks: [[a, 100]],
      memory: { absentMs: new Map([[a, 0]]) },
    });
    expect(back.dropMarks).toEqual([]);
    expect(back.memory.absentMs.size).toBe(0);
  });
});

describe('a service of thousands of servers of which half fail at once', () => {
  it('costs as much as it has servers, and not their square, while nobody was asked since', () => {
    const count = (servers: number): number => {
      let looked = 0;
      const counting = (one: Health): Health =>
        new Proxy(one, {
          get(target, name) {
            looked++;
            return Reflect.get(target, name);
          },
        });
      const before: Health = { ...up, streak: { ...good, askedMs: 94_000 } };
      const health = Array.from({ length: servers }, (_, i) =>
        counting(i % 2 === 0 ? down : before),
      );
      expect(edits({ weights: health.map(() => 100), health })).toEqual([]);
      return looked;
    };
    const [few, many] = [count(200), count(2_000)];
    // Ten times as much, and the logarithm of what sorting takes.
    expect(many / few).toBeLessThan(20);
  });
});
