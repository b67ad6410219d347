import { describe, expect, it } from 'vitest';
import { readNode } from '../../../src/kube/cluster/read-node.ts';
import { presenceOfNode } from '../../../src/kube/wanted/node-presence.ts';
import type { Presence } from '../../../src/kube/wanted/wanted.ts';
import { ago, type NodeSketch, node, nowMs } from '../../support/kube/cluster-objects.ts';
import { settingsOf } from '../../support/kube/kube-settings.ts';

const exclude = 'node.kubernetes.io/exclude-from-external-load-balancers';

function presence(sketch: NodeSketch, lines = ''): Presence | undefined {
  const read = readNode(node('n1', sketch));
  return read && presenceOfNode(settingsOf(lines), read, nowMs);
}

const leaves = (cause: string, pace: 'ramp' | 'at-once', detail?: string) => ({
  kind: 'leaves',
  cause,
  pace,
  basis: 'asked',
  ...(detail === undefined ? {} : { detail }),
});

const serves = { kind: 'serves' };

describe('a node', () => {
  it.each<readonly [seen: string, sketch: NodeSketch, means: unknown]>([
    ['that is Ready for longer than join.after serves', {}, serves],
    [
      'that became Ready 4 s ago waits 6 s more',
      { ready: { lastTransitionTime: ago(4_000) } },
      { kind: 'waits', why: 'ready-too-short', untilMs: nowMs + 6_000 },
    ],
    [
      'that became Ready exactly join.after ago serves',
      { ready: { lastTransitionTime: ago(10_000) } },
      serves,
    ],
    ['whose Ready has no time serves', { ready: { lastTransitionTime: undefined } }, serves],
    [
      'whose clock is 3 s ahead waits for 13 s',
      { ready: { lastTransitionTime: ago(-3_000) } },
      { kind: 'waits', why: 'ready-too-short', untilMs: nowMs + 13_000 },
    ],
    [
      'whose clock is an hour ahead does not wait for an hour',
      { ready: { lastTransitionTime: ago(-3_600_000) } },
      serves,
    ],
    [
      'that is not Ready only waits',
      { ready: { status: 'False' } },
      { kind: 'waits', why: 'not-ready' },
    ],
    [
      'of which nothing is heard only waits',
      { ready: { status: 'Unknown', reason: 'NodeStatusUnknown' } },
      { kind: 'waits', why: 'not-ready' },
    ],
    [
      'whose network is not up waits',
      { conditions: [{ type: 'NetworkUnavailable', status: 'True' }] },
      { kind: 'waits', why: 'network-unavailable' },
    ],
    [
      'whose network is up serves',
      { conditions: [{ type: 'NetworkUnavailable', status: 'False' }] },
      serves,
    ],
    [
      'that the cloud has not initialized waits',
      {
        taints: [
          {
            key: 'node.cloudprovider.kubernetes.io/uninitialized',
            value: 'true',
            effect: 'NoSchedule',
          },
        ],
      },
      { kind: 'waits', why: 'uninitialized' },
    ],
    [
      'with the exclude label leaves',
      { labels: { [exclude]: '' } },
      leaves('exclude-label', 'ramp'),
    ],
    [
      'with the exclude label true leaves',
      { labels: { [exclude]: 'true' } },
      leaves('exclude-label', 'ramp'),
    ],
    [
      'with the exclude label no leaves, for it is no false',
      { labels: { [exclude]: 'no' } },
      leaves('exclude-label', 'ramp'),
    ],
    ...['0', 'f', 'F', 'false', 'False', 'FALSE'].map(
      (value) =>
        [
          `with the exclude label ${value} serves`,
          { labels: { [exclude]: value } },
          serves,
        ] as const,
    ),
    [
      'that the autoscaler is about to delete leaves at once',
      {
        taints: [
          { key: 'ToBeDeletedByClusterAutoscaler', value: '1796040000', effect: 'NoSchedule' },
        ],
      },
      leaves('taint', 'at-once', 'ToBeDeletedByClusterAutoscaler'),
    ],
    [
      'that is a candidate for deletion only serves',
      {
        taints: [
          { key: 'DeletionCandidateOfClusterAutoscaler', value: '1', effect: 'PreferNoSchedule' },
        ],
      },
      serves,
    ],
    [
      'that Karpenter disrupts leaves at once',
      { taints: [{ key: 'karpenter.sh/disrupted', effect: 'NoSchedule' }] },
      leaves('taint', 'at-once', 'karpenter.sh/disrupted'),
    ],
    [
      'with that taint and another effect serves',
      { taints: [{ key: 'karpenter.sh/disrupted', effect: 'NoExecute' }] },
      serves,
    ],
    [
      'that is out of service leaves at once, whatever the value and effect',
      {
        taints: [
          { key: 'node.kubernetes.io/out-of-service', value: 'nodeshutdown', effect: 'NoExecute' },
        ],
      },
      leaves('taint', 'at-once', 'node.kubernetes.io/out-of-service'),
    ],
    ['that is being deleted leaves at once', { deleted: true }, leaves('node-deleting', 'at-once')],
    [
      'whose kubelet says that it is shutting down leaves at once',
      { ready: { status: 'False', reason: 'KubeletNotReady', message: 'node is shutting down' } },
      leaves('node-shutdown', 'at-once'),
    ],
    [
      'that says so among other errors does too',
      {
        ready: {
          status: 'False',
          reason: 'KubeletNotReady',
          message: '[container runtime is down, node is shutting down]',
        },
      },
      leaves('node-shutdown', 'at-once'),
    ],
    [
      'that is Ready whatever its message serves',
      { ready: { status: 'True', message: 'node is shutting down' } },
      serves,
    ],
    ['that is cordoned serves', { cordoned: true }, serves],
    [
      'that is about to die and has the label leaves at once',
      { deleted: true, labels: { [exclude]: '' } },
      leaves('node-deleting', 'at-once'),
    ],
    [
      'with the label leaves, Ready or not',
      { labels: { [exclude]: '' }, ready: { status: 'Unknown' } },
      leaves('exclude-label', 'ramp'),
    ],
  ])('%s', (_, sketch, means) => {
    expect(presence(sketch)).toEqual(means);
  });

  it('that is cordoned leaves for those who mean it', () => {
    const lines = 'leave: { cordon: drain }';
    expect(presence({ cordoned: true }, lines)).toEqual(leaves('cordon', 'ramp'));
    expect(presence({}, lines)).toEqual(serves);
  });

  it('that the selector does not select leaves, also when a label has just been taken off', () => {
    const lines =
      "nodes: { selector: 'role in (edge, web), !node-role.kubernetes.io/control-plane' }";
    expect(presence({ labels: { role: 'edge' } }, lines)).toEqual(serves);
    expect(presence({}, lines)).toEqual(leaves('not-selected', 'ramp'));
    expect(
      presence({ labels: { role: 'web', 'node-role.kubernetes.io/control-plane': '' } }, lines),
    ).toEqual(leaves('not-selected', 'ramp'));
  });

  it('with a taint of its owner leaves, by key, value and effect', () => {
    const lines = 'leave: { taints: [maintenance=soon, "hw/broken:NoExecute"] }';
    const tainted = (taint: Record<string, string>) => presence({ taints: [taint] }, lines);
    expect(tainted({ key: 'maintenance', value: 'soon', effect: 'NoSchedule' })).toMatchObject({
      cause: 'taint',
      detail: 'maintenance',
    });
    expect(tainted({ key: 'maintenance', value: 'later', effect: 'NoSchedule' })).toEqual(serves);
    expect(tainted({ key: 'hw/broken', effect: 'NoExecute' })).toMatchObject({ cause: 'taint' });
    expect(tainted({ key: 'hw/broken', effect: 'NoSchedule' })).toEqual(serves);
    // The file's own list is the whole list.
    expect(tainted({ key: 'ToBeDeletedByClusterAutoscaler', effect: 'NoSchedule' })).toEqual(
      serves,
    );
  });
});
