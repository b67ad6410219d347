import type { ClusterNode, DrainedCondition, ReadyCondition } from './cluster.ts';
import {
  type Fields,
  fields,
  fieldsOf,
  identityOf,
  isTrue,
  listOf,
  textMapOf,
  textOf,
  timeOf,
} from './fields.ts';
import { drainedCondition, ownPrefix } from './names.ts';

/**
 * A Node as the API has it, without images, versions and heartbeats: two status updates that differ in
 * these alone are read as the same. `undefined` when it is none.
 */
export function readNode(object: unknown): ClusterNode | undefined {
  const identity = identityOf(object);
  if (!identity) return undefined;
  const { name, uid, metadata } = identity;
  const spec = fieldsOf(fields(object), 'spec');
  const status = fieldsOf(fields(object), 'status');
  const conditions = listOf(status, 'conditions').map(fields);
  return {
    name,
    uid,
    labels: textMapOf(metadata, 'labels'),
    weight: textOf(fieldsOf(metadata, 'annotations'), `${ownPrefix}weight`),
    addresses: listOf(status, 'addresses').flatMap((one) => {
      const type = textOf(fields(one), 'type');
      const address = textOf(fields(one), 'address');
      return type && address ? [{ type, address }] : [];
    }),
    taints: listOf(spec, 'taints').flatMap((one) => {
      const taint = fields(one);
      const key = textOf(taint, 'key');
      if (!key) return [];
      return [{ key, value: textOf(taint, 'value') ?? '', effect: textOf(taint, 'effect') ?? '' }];
    }),
    isCordoned: isTrue(spec, 'unschedulable'),
    isBeingDeleted: textOf(metadata, 'deletionTimestamp') !== undefined,
    ready: readyOf(conditionOf(conditions, 'Ready')),
    isNetworkUnavailable:
      textOf(conditionOf(conditions, 'NetworkUnavailable'), 'status') === 'True',
    drained: drainedOf(conditionOf(conditions, drainedCondition)),
  };
}

function drainedOf(condition: Fields): DrainedCondition | undefined {
  const status = textOf(condition, 'status');
  return status === undefined ? undefined : { status, reason: textOf(condition, 'reason') ?? '' };
}

const conditionOf = (conditions: readonly Fields[], type: string): Fields =>
  conditions.find((one) => textOf(one, 'type') === type) ?? {};

function readyOf(condition: Fields): ReadyCondition {
  const status = textOf(condition, 'status');
  const sinceMs = timeOf(condition, 'lastTransitionTime');
  return {
    status: status === 'True' || status === 'False' ? status : 'Unknown',
    isShuttingDown: status === 'False' && saysShutdown(condition),
    sinceMs,
  };
}

/**
 * The kubelet has one reason, KubeletNotReady, for all that is wrong: only its message tells a graceful
 * shutdown, alone or in a list of errors.
 */
function saysShutdown(condition: Fields): boolean {
  const message = textOf(condition, 'message') ?? '';
  return (
    textOf(condition, 'reason') === 'NodeShutdown' || message.includes('node is shutting down')
  );
}
