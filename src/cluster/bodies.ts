import type {
  AccessRight,
  ClusterEvent,
  EventSeries,
  Lease,
  LeaseSpec,
  NodeCondition,
  ObjectName,
  ServicePatch,
} from '../kube/kube-ports.ts';

/** With exactly six digits: Go's parser refuses three, and none. `2026-11-30T10:00:00.123000Z`. */
export const microTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');

const wholeSeconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** Both in one patch: `/status` takes the metadata too, and leaves the spec alone. */
export const servicePatchBody = ({ version, finalizers, ingress }: ServicePatch): object => ({
  metadata: { resourceVersion: version, ...(finalizers ? { finalizers } : {}) },
  ...(ingress ? { status: { loadBalancer: { ingress } } } : {}),
});

export const conditionBody = ({ sinceMs, atMs, ...condition }: NodeCondition): object => ({
  status: {
    conditions: [
      {
        ...condition,
        ...{ lastTransitionTime: wholeSeconds(sinceMs), lastHeartbeatTime: wholeSeconds(atMs) },
      },
    ],
  },
});

const apiVersions = { Service: 'v1', Node: 'v1', Lease: 'coordination.k8s.io/v1' };

/** The API takes no longer ones. */
const longest = { note: 1_024, reason: 128, action: 128 };

export const eventBody = (event: ClusterEvent): object => ({
  ...{ apiVersion: 'events.k8s.io/v1', kind: 'Event', metadata: event.name },
  ...{ eventTime: microTime(event.atMs), type: event.type },
  reason: event.reason.slice(0, longest.reason),
  action: event.action.slice(0, longest.action),
  note: event.note.slice(0, longest.note),
  regarding: { apiVersion: apiVersions[event.regarding.kind], ...event.regarding },
  reportingController: event.reporter.controller,
  reportingInstance: event.reporter.instance.slice(0, 128),
});

export const seriesBody = ({ count, lastMs }: EventSeries): object => ({
  series: { count, lastObservedTime: microTime(lastMs) },
});

export const leaseBody = (name: ObjectName, spec: LeaseSpec, version?: string): object => ({
  ...{ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' },
  metadata: { ...name, ...(version === undefined ? {} : { resourceVersion: version }) },
  spec: {
    holderIdentity: spec.holder,
    leaseDurationSeconds: spec.durationSeconds,
    acquireTime: microTime(spec.acquiredMs),
    renewTime: microTime(spec.renewedMs),
    leaseTransitions: spec.transitions,
  },
});

type Json = Readonly<Record<string, unknown>>;

const objectOf = (value: unknown): Json =>
  typeof value === 'object' && value !== null ? (value as Json) : {};
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const numberOf = (value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) ? value : 0;
const timeOf = (value: unknown): number => Date.parse(textOf(value)) || 0;

/** A Lease as somebody wrote it, perhaps by hand: what is missing is empty or 0. */
export function leaseIn(object: unknown): Lease | undefined {
  const version = objectOf(objectOf(object).metadata).resourceVersion;
  if (typeof version !== 'string') return undefined;
  const spec = objectOf(objectOf(object).spec);
  return {
    version,
    holder: textOf(spec.holderIdentity),
    durationSeconds: numberOf(spec.leaseDurationSeconds),
    acquiredMs: timeOf(spec.acquireTime),
    renewedMs: timeOf(spec.renewTime),
    transitions: numberOf(spec.leaseTransitions),
  };
}

/** A question for one right of whoever asks. */
export function reviewBody({ resource: named, ...right }: AccessRight): object {
  const [resource, subresource] = named.split('/');
  return {
    ...{ apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview' },
    spec: { resourceAttributes: { ...right, resource, subresource } },
  };
}

/** Whether the answer to `reviewBody` grants it: nothing else than a plain yes does. */
export const isAllowedIn = (answer: unknown): boolean =>
  (answer as { readonly status?: { readonly allowed?: unknown } } | null)?.status?.allowed === true;
