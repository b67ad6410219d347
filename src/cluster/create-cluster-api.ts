import { ok } from '../domain/failure.ts';
import type {
  ApiResult,
  ClusterApi,
  Lease,
  ListAsk,
  ListPage,
  ObjectName,
  WatchAsk,
  WatchedResource,
} from '../kube/kube-ports.ts';
import { type Asked, failureOf } from './api-failure.ts';
import {
  conditionBody,
  eventBody,
  isAllowedIn,
  leaseBody,
  leaseIn,
  reviewBody,
  seriesBody,
  servicePatchBody,
} from './bodies.ts';
import { type ApiCall, type Connection, call, failed } from './request.ts';
import { watchLines } from './watch-lines.ts';
import { withoutUnread } from './without-unread.ts';

export interface ApiLimits {
  /** The time for one page of a list. */
  readonly listMs: number;
  /** The time for anything else but a watch. */
  readonly callMs: number;
  /** The time for what is about a Lease: whoever leads has to notice in good time. */
  readonly leaseMs: number;
}

const usualLimits: ApiLimits = { listMs: 60_000, callMs: 15_000, leaseMs: 4_000 };

const groupOf: Readonly<Record<WatchedResource, string>> = {
  nodes: '/api/v1',
  services: '/api/v1',
  endpointslices: '/apis/discovery.k8s.io/v1',
};

const mergePatch = 'application/merge-patch+json';
const strategicPatch = 'application/strategic-merge-patch+json';

/** The API server behind a connection. */
export function createClusterApi(
  connection: Connection,
  { listMs, callMs, leaseMs }: ApiLimits = usualLimits,
): ClusterApi {
  const json = async (asked: Omit<ApiCall, 'limitMs'>): Promise<ApiResult<unknown>> =>
    parsed(asked, await call(connection, { ...asked, limitMs: callMs }));
  const lease = async (given: Omit<ApiCall, 'limitMs' | 'resource'>) => {
    const asked = { ...given, resource: 'leases', limitMs: leaseMs };
    return asLease(asked, parsed(asked, await call(connection, asked)));
  };

  return {
    server: connection.server,
    async list(resource, ask) {
      const asked = { verb: 'list', resource };
      const { limit, continueAt, namespace, signal } = ask;
      const query = { limit, ...(continueAt === undefined ? {} : { continue: continueAt }) };
      const path = pathOf(resource, namespace, query);
      const options = { ...asked, method: 'GET' as const, path, signal, limitMs: listMs };
      const answer = await call(connection, options);
      return asPage(asked, parsed(asked, answer.ok ? ok(withoutUnread(answer.value)) : answer));
    },
    watch(resource, ask) {
      const { version, timeoutMs, namespace } = ask satisfies WatchAsk;
      const path = pathOf(resource, namespace, {
        ...{ watch: 'true', allowWatchBookmarks: 'true', resourceVersion: version },
        timeoutSeconds: Math.max(1, Math.round(timeoutMs / 1_000)),
      });
      return watchLines(connection, { verb: 'watch', resource, path }, ask);
    },
    async ready(signal) {
      const asked = { verb: 'get', resource: '/readyz', method: 'GET', path: '/readyz' } as const;
      return done(await call(connection, { ...asked, signal, limitMs: callMs }));
    },
    async allows(right) {
      const answer = await json({
        ...{ verb: 'create', resource: 'selfsubjectaccessreviews', method: 'POST' },
        path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        body: reviewBody(right),
      });
      return answer.ok ? { ok: true, value: isAllowedIn(answer.value) } : answer;
    },
    patchService: (name, patch) =>
      json({
        ...{ verb: 'patch', resource: 'services/status', method: 'PATCH' },
        path: `${inNamespace('/api/v1', name.namespace)}/services/${part(name.name)}/status`,
        ...{ body: servicePatchBody(patch), contentType: mergePatch },
      }),
    async patchNodeCondition(node, condition) {
      return done(
        await json({
          ...{ verb: 'patch', resource: 'nodes/status', method: 'PATCH' },
          path: `/api/v1/nodes/${part(node)}/status`,
          ...{ body: conditionBody(condition), contentType: strategicPatch },
        }),
      );
    },
    async createEvent(event) {
      const path = eventsOf(event.name);
      const asked = { verb: 'create', resource: 'events', method: 'POST', path } as const;
      return done(await json({ ...asked, body: eventBody(event) }));
    },
    async repeatEvent(name, series) {
      const path = `${eventsOf(name)}/${part(name.name)}`;
      const asked = { verb: 'patch', resource: 'events', method: 'PATCH', path } as const;
      return done(await json({ ...asked, body: seriesBody(series), contentType: mergePatch }));
    },
    readLease: (name) => lease({ verb: 'get', method: 'GET', path: leaseAt(name) }),
    createLease: (name, spec) =>
      lease({
        ...{ verb: 'create', method: 'POST', path: leasesOf(name) },
        body: leaseBody(name, spec),
      }),
    replaceLease: (name, spec, version) =>
      lease({
        ...{ verb: 'update', method: 'PUT', path: leaseAt(name) },
        body: leaseBody(name, spec, version),
      }),
  };
}

/** A name from outside is one part of a path, whatever is in it. */
const part = encodeURIComponent;

const inNamespace = (group: string, namespace: string): string =>
  `${group}/namespaces/${part(namespace)}`;
const eventsOf = ({ namespace }: ObjectName): string =>
  `${inNamespace('/apis/events.k8s.io/v1', namespace)}/events`;
const leasesOf = ({ namespace }: ObjectName): string =>
  `${inNamespace('/apis/coordination.k8s.io/v1', namespace)}/leases`;
const leaseAt = (name: ObjectName): string => `${leasesOf(name)}/${part(name.name)}`;

function pathOf(
  resource: WatchedResource,
  namespace: ListAsk['namespace'],
  query: Readonly<Record<string, string | number>>,
): string {
  const group = groupOf[resource];
  const within = namespace === undefined ? group : inNamespace(group, namespace);
  const words = Object.entries(query).map(([name, value]) => `${name}=${part(value)}`);
  return `${within}/${resource}?${words.join('&')}`;
}

const done = ({ ...answer }: ApiResult<unknown>): ApiResult<void> =>
  answer.ok ? { ok: true, value: undefined } : answer;

function parsed(asked: Asked, answer: ApiResult<string>): ApiResult<unknown> {
  if (!answer.ok) return answer;
  try {
    return { ok: true, value: JSON.parse(answer.value) };
  } catch {
    return failed(failureOf(asked, 'garbled', 'the answer is no JSON'));
  }
}

/** A list without a version or items is none: it must not pass for an empty cluster. */
function asPage(asked: Asked, answer: ApiResult<unknown>): ApiResult<ListPage> {
  if (!answer.ok) return answer;
  const list = answer.value as {
    readonly items?: unknown;
    readonly metadata?: { readonly resourceVersion?: unknown; readonly continue?: unknown };
  } | null;
  const version = list?.metadata?.resourceVersion;
  const more = list?.metadata?.continue;
  if (!Array.isArray(list?.items) || typeof version !== 'string') {
    return failed(failureOf(asked, 'garbled', 'the answer is no list'));
  }
  const continueAt = typeof more === 'string' && more !== '' ? more : undefined;
  return { ok: true, value: { items: list.items, version, continueAt } };
}

function asLease(asked: Asked, answer: ApiResult<unknown>): ApiResult<Lease> {
  if (!answer.ok) return answer;
  const lease = leaseIn(answer.value);
  return lease
    ? { ok: true, value: lease }
    : failed(failureOf(asked, 'garbled', 'the answer is no Lease'));
}
