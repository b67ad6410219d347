import { ApiError, type ApiObject } from './api-object.ts';
import type { ApiRequest } from './api-request.ts';
import type { ClusterStore, PatchKind } from './cluster-store.ts';
import { coreEvent, newEvent } from './event-shapes.ts';

export interface Performed {
  readonly status: number;
  readonly body: object;
}

/** Pods that may not be evicted now, as a budget says. */
export type Budget = (pod: ApiObject) => boolean;

export interface Given {
  readonly body: unknown;
  readonly contentType: string;
  readonly mayEvict: Budget;
}

/** Performs anything but a watch. */
export function perform(store: ClusterStore, asked: ApiRequest, given: Given): Performed {
  const { resource, namespace, name } = asked;
  const shape = shapeOf(asked);
  if (asked.verb === 'list') return { status: 200, body: list(store, asked) };
  if (asked.verb === 'create') return create(store, asked, given);
  if (name === undefined) throw new ApiError(405, 'MethodNotAllowed', 'not of a collection');
  const place = { resource: resource.name, namespace, name };
  const subresource = asked.subresource === 'status' ? ('status' as const) : undefined;
  switch (asked.verb) {
    case 'get':
      return { status: 200, body: shape(store.get(place)) };
    case 'update': {
      const body = readShape(asked, given.body);
      return { status: 200, body: shape(store.replace(place, body, subresource)) };
    }
    case 'patch': {
      const kind = patchKindOf(given.contentType);
      const body = readShape(asked, given.body);
      return { status: 200, body: shape(store.patch(place, body, { kind, subresource })) };
    }
    case 'delete':
      return { status: 200, body: shape(store.delete(place)) };
    default:
      throw new ApiError(405, 'MethodNotAllowed', `the stand-in cannot ${asked.verb}`);
  }
}

/** An object as the group of the request has it. */
export const shapeOf =
  ({ resource, groupVersion }: Pick<ApiRequest, 'resource' | 'groupVersion'>) =>
  (object: ApiObject): ApiObject =>
    resource.name === 'events' && groupVersion !== 'v1' ? newEvent(object) : object;

const readShape = ({ resource }: ApiRequest, body: unknown): ApiObject =>
  resource.name === 'events' ? coreEvent(body as ApiObject) : (body as ApiObject);

function list(store: ClusterStore, asked: ApiRequest): object {
  const { resource, query, groupVersion } = asked;
  const { items, version, continueAt, remaining } = store.list(resource.name, {
    ...selectionOf(asked),
    limit: Number(query.get('limit') ?? 0),
    continueAt: query.get('continue') ?? undefined,
  });
  const more =
    continueAt === undefined ? {} : { continue: continueAt, remainingItemCount: remaining };
  return {
    ...{ kind: `${resource.kind}List`, apiVersion: groupVersion },
    metadata: { resourceVersion: version, ...more },
    items: items.map(shapeOf(asked)),
  };
}

export const selectionOf = ({ namespace, name, query }: ApiRequest) => ({
  namespace,
  labelSelector: query.get('labelSelector') ?? undefined,
  fieldSelector: name ? `metadata.name=${name}` : (query.get('fieldSelector') ?? undefined),
});

function create(store: ClusterStore, asked: ApiRequest, given: Given): Performed {
  const { resource, namespace, name } = asked;
  if (asked.subresource === 'eviction' && name !== undefined) {
    const place = { resource: 'pods', namespace, name };
    if (!given.mayEvict(store.get(place))) {
      const what = "Cannot evict pod as it would violate the pod's disruption budget.";
      throw new ApiError(429, 'TooManyRequests', what, 1);
    }
    store.delete(place);
    return {
      status: 201,
      body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' },
    };
  }
  const made = store.create(resource.name, namespace, readShape(asked, given.body));
  return { status: 201, body: shapeOf(asked)(made) };
}

function patchKindOf(contentType: string): PatchKind {
  if (/strategic-merge/.test(contentType)) return 'strategic';
  if (/apply-patch/.test(contentType)) return 'apply';
  if (/merge-patch/.test(contentType)) return 'merge';
  throw new ApiError(415, 'UnsupportedMediaType', `the stand-in reads no ${contentType}`);
}
