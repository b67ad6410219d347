import { describe, expect, it } from 'vitest';
import { excludeLabel } from '../../../src/kube/cluster/names.ts';
import { readNode } from '../../../src/kube/cluster/read-node.ts';
import type { DirectorStanding } from '../../../src/kube/run/kube-run-ports.ts';
import { nodeConditions } from '../../../src/kube/status/node-conditions.ts';
import { createConditionWriter } from '../../../src/kube/status/write-conditions.ts';
import { node, nowMs } from '../../support/kube/cluster-objects.ts';
import { wantedOf, web } from '../../support/kube/decide-lab.ts';
import { settingsOf } from '../../support/kube/kube-settings.ts';

const drainedIs = (status: string, reason: string) => [
  { type: 'DrainedFromLoadBalancers', status, reason },
];
const excluded = { labels: { [excludeLabel]: '' } };

const standing = (...nodes: readonly string[]): DirectorStanding => ({
  director: 'lb1',
  claims: [
    {
      ...{ table: 't', service: web, cluster: 'prod', uid: 'u', addedService: true },
      of: { namespace: 'shop', name: 'web', port: 'http' },
      servers: nodes.map((name) => ({
        ...{ server: `10.0.0.${name.slice(1)}:30080` as never, node: name, uid: `uid-${name}` },
        ...{ weight: 100, state: 'leaving', sinceMs: nowMs },
      })),
    },
  ],
  states: new Map(),
  held: new Map(),
  applied: wantedOf([]),
  atMs: nowMs,
});

const conditionOf = (
  sketch: Parameters<typeof node>[1],
  { standings = [standing()], areAllSeen = true } = {},
) => {
  const read = readNode(node('n1', sketch));
  if (!read) throw new Error('no node');
  const nodes = new Map([[read.name, read]]);
  const settings = settingsOf();
  return nodeConditions({ settings, nodes, standings, areAllSeen, nowMs }).map(
    ({ status, reason }) => `${status} ${reason}`,
  );
};

describe('the condition of a node', () => {
  it.each([
    ['that serves and always did is none', {}, standing('n1'), []],
    ['that is excluded and has rows is Draining', excluded, standing('n1'), ['False Draining']],
    ['that is excluded and has none is Drained', excluded, standing('n2'), ['True Drained']],
    [
      'that is drained and says so is not written again',
      { ...excluded, conditions: drainedIs('True', 'Drained') },
      standing(),
      [],
    ],
    [
      'that has come back is InService',
      { conditions: drainedIs('True', 'Drained') },
      standing('n1'),
      ['False InService'],
    ],
    ['that is only cordoned is none', { cordoned: true }, standing('n1'), []],
  ])('%s', (_, sketch, seen, found) => {
    expect(conditionOf(sketch, { standings: [seen] })).toEqual(found);
  });

  it('is never Drained before every director has been seen', () => {
    expect(conditionOf(excluded, { areAllSeen: false })).toEqual([]);
    expect(conditionOf(excluded, { areAllSeen: false, standings: [standing('n1')] })).toEqual([
      'False Draining',
    ]);
  });
});

it('a condition is written once, and after a failure again 5 and 10 seconds later', async () => {
  const read = readNode(node('n1', excluded));
  if (!read) throw new Error('no node');
  let at = nowMs;
  let isAway = true;
  const written: number[] = [];
  const writer = createConditionWriter({
    clock: { nowMs: () => at, sleepUntil: async () => {} },
    mayWrite: () => true,
    onFailure: () => {},
    api: {
      async patchNodeCondition() {
        written.push((at - nowMs) / 1_000);
        return isAway
          ? { ok: false, failure: { code: 'busy', verb: 'patch', resource: '', message: '' } }
          : { ok: true, value: undefined };
      },
    },
  });
  const wanted = [{ status: 'True', reason: 'Drained', message: '', node: read }] as const;
  for (const second of [0, 4, 5, 14]) {
    at = nowMs + second * 1_000;
    await writer.write(wanted);
  }
  isAway = false;
  for (const second of [15, 16, 60]) {
    at = nowMs + second * 1_000;
    expect(await writer.write(wanted)).toBeUndefined();
  }
  expect(written).toEqual([0, 5, 15]);
});
