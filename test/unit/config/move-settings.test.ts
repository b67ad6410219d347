import { describe, expect, it } from 'vitest';
import { fileKindOf } from '../../../src/config/files/file-kind.ts';
import { parsePlanFile } from '../../../src/config/files/plan-file.ts';
import { isMove, readFileMove } from '../../../src/config/settings/move-settings.ts';

const readAll = (yaml: string) => {
  const plans = parsePlanFile(yaml, 'plan.yaml');
  if (!plans.ok) return plans.failure;
  return plans.value.map((plan) => {
    expect(isMove(plan)).toBe(true);
    const read = readFileMove(plan);
    return read.ok ? read.value : read.failure;
  });
};

describe('a move in a plan file', () => {
  it('is servers with their weights, at the usual pace of its command', () => {
    expect(readAll('add: [a, b=20]\nservice: tcp/10.0.0.100:80')).toMatchObject([
      {
        move: 'add',
        moved: [{ name: 'a' }, { name: 'b', weight: 20 }],
        services: ['tcp/10.0.0.100:80'],
        ramp: { overMs: 30_000 },
      },
    ]);
    expect(readAll('weights: 10.0.0.1=0')).toMatchObject([
      { move: 'weight', moved: [{ name: '10.0.0.1', weight: 0 }], ramp: { overMs: 0 } },
    ]);
  });

  it('is one of a list, with the defaults of all of them', () => {
    const yaml = `defaults: { over: 2m, service: tcp/10.0.0.100:80 }
rollouts:
  - add: a
  - { weights: b=5, over: 1m }
`;
    expect(readAll(yaml)).toMatchObject([
      { move: 'add', ramp: { overMs: 120_000 } },
      { move: 'weight', ramp: { overMs: 60_000 } },
    ]);
  });

  it.each([
    ['add: a', 'service is missing', 'plan.yaml:1:6, add'],
    ['weights: a', '"a" has no weight', 'plan.yaml:1:1'],
    ['weights: a=70000', 'is no weight from 0 to 65535', 'plan.yaml:1:1'],
    ['add: a\nweights: b=1', 'add and weights are two rollouts', 'plan.yaml:2:1'],
    [
      'add: a\nto: b\nservice: tcp/10.0.0.100:80',
      'to is about servers that take over',
      'plan.yaml:2:5, to',
    ],
    ['weights: a=1\nweight: 5', 'weight is about servers that take over', 'plan.yaml:2:9, weight'],
  ])('is refused where it stands: %j', (yaml, what, where) => {
    const [failure] = [readAll(yaml)].flat();
    expect(failure).toMatchObject({
      kind: 'usage',
      what: expect.stringContaining(what),
      where: expect.stringContaining(where),
    });
  });

  it('is no default of others', () => {
    expect(readAll('defaults: { add: a }\nrollouts: [{ from: b }]')).toMatchObject({
      what: expect.stringContaining('"add" is no field here'),
    });
  });

  it('is told from other files by its fields', () => {
    expect(fileKindOf('add: a\nservice: tcp/10.0.0.100:80')).toBe('plan');
    expect(fileKindOf('weights: a=1')).toBe('plan');
  });
});
