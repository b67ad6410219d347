import type { ClusterClaim } from '../../domain/rollout/cluster-claim.ts';

/** A node of the demonstration. */
export interface DemoNode {
  readonly name: string;
  readonly address: string;
  /** Another one for each machine under the same name. */
  readonly uid: string;
  /** Of the kubelet. */
  readonly version: string;
  readonly isCordoned: boolean;
  readonly isExcluded: boolean;
  readonly isThere: boolean;
  readonly readySinceMs: number;
}

/** A rolling upgrade of all nodes, one after the other: whoever does it, a person or a Cluster API. */
export interface Upgrade {
  readonly nodes: readonly DemoNode[];
  /** The place of the node whose turn it is; behind the last one when all is done. */
  readonly turn: number;
  readonly phase: UpgradePhase;
  readonly sinceMs: number;
}

export type UpgradePhase = 'waiting' | 'cordoned' | 'draining' | 'gone' | 'joining' | 'done';

export const oldVersion = 'v1.34.2';
export const newVersion = 'v1.35.0';
/** Of virtual time: the calm at the beginning, cordon before label, and a machine that is made anew. */
const calmMs = 3_000;
const cordonMs = 2_000;
const rebuildMs = 6_000;

export function beginUpgrade(count: number, nowMs: number): Upgrade {
  const nodes = Array.from({ length: count }, (_, i): DemoNode => {
    const n = i + 1;
    return {
      ...{ name: `node-${n}`, address: `10.0.0.${n}`, uid: `${n}`, version: oldVersion },
      ...{ isCordoned: false, isExcluded: false, isThere: true, readySinceMs: nowMs - 3_600_000 },
    };
  });
  return { nodes, turn: 0, phase: 'waiting', sinceMs: nowMs };
}

/**
 * The upgrade a moment later: cordon, label, wait until no director has anything of the node, delete it,
 * have it back with the new version, wait until it serves, then the next one. The very same object where
 * nothing happens.
 */
export function nextUpgrade(
  upgrade: Upgrade,
  claims: readonly ClusterClaim[],
  nowMs: number,
): Upgrade {
  const { nodes, turn, phase, sinceMs } = upgrade;
  const node = nodes[turn];
  if (!node) return upgrade;
  const isAfter = (ms: number): boolean => nowMs - sinceMs >= ms;
  const go = (to: UpgradePhase, change: Partial<DemoNode>): Upgrade => ({
    nodes: nodes.map((one, at) => (at === turn ? { ...one, ...change } : one)),
    ...{ turn, phase: to, sinceMs: nowMs },
  });
  const claimed = claims
    .flatMap(({ servers }) => servers)
    .find(({ node: name }) => name === node.name);
  switch (phase) {
    case 'waiting':
      return isAfter(calmMs) ? go('cordoned', { isCordoned: true }) : upgrade;
    case 'cordoned':
      return isAfter(cordonMs) ? go('draining', { isExcluded: true }) : upgrade;
    case 'draining':
      return claimed === undefined && isAfter(1_000) ? go('gone', { isThere: false }) : upgrade;
    case 'gone': {
      if (!isAfter(rebuildMs)) return upgrade;
      const [isCordoned, isExcluded, isThere] = [false, false, true];
      return go('joining', {
        ...{ isCordoned, isExcluded, isThere, readySinceMs: nowMs },
        ...{ uid: `${node.uid}b`, version: newVersion },
      });
    }
    case 'joining': {
      if (claimed?.state !== 'in') return upgrade;
      const next = turn + 1;
      const isLast = next === nodes.length;
      return {
        nodes: nodes.map((one, at) => (at === next ? { ...one, isCordoned: true } : one)),
        ...{ turn: next, phase: isLast ? 'done' : 'cordoned', sinceMs: nowMs },
      };
    }
    case 'done':
      return upgrade;
  }
}
