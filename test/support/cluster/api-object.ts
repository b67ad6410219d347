/** An object as the API has it. */
export interface ApiObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: Metadata;
  readonly [field: string]: unknown;
}

export interface Metadata {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** A resource that the stand-in serves, under one group and version or under two. */
export interface Resource {
  /** `nodes`: the name in paths and in RBAC. */
  readonly name: string;
  readonly kind: string;
  readonly groups: readonly string[];
  readonly isNamespaced: boolean;
  readonly shortNames: readonly string[];
  readonly subresources: readonly ('status' | 'eviction')[];
}

const resource = (
  name: string,
  kind: string,
  rest: Partial<Omit<Resource, 'name' | 'kind'>> = {},
): Resource => ({
  ...{ name, kind, groups: ['v1'], isNamespaced: true, shortNames: [], subresources: [] },
  ...rest,
});

export const resources: readonly Resource[] = [
  resource('namespaces', 'Namespace', { isNamespaced: false, shortNames: ['ns'] }),
  resource('nodes', 'Node', {
    ...{ isNamespaced: false, shortNames: ['no'], subresources: ['status'] },
  }),
  resource('services', 'Service', { shortNames: ['svc'], subresources: ['status'] }),
  resource('pods', 'Pod', { shortNames: ['po'], subresources: ['status', 'eviction'] }),
  resource('deployments', 'Deployment', {
    ...{ groups: ['apps/v1'], shortNames: ['deploy'], subresources: ['status'] },
  }),
  resource('endpointslices', 'EndpointSlice', { groups: ['discovery.k8s.io/v1'] }),
  resource('leases', 'Lease', { groups: ['coordination.k8s.io/v1'] }),
  // One store under two names, as in a real API server.
  resource('events', 'Event', { groups: ['events.k8s.io/v1', 'v1'], shortNames: ['ev'] }),
];

export function resourceNamed(name: string): Resource {
  const found = resources.find((one) => one.name === name);
  if (!found) throw new Error(`the stand-in has no resource ${name}`);
  return found;
}

/** What an API server answers instead of an object: a `Status` with an HTTP status. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
  }
}

export const statusOf = ({ status, reason, message, retryAfterSeconds }: ApiError): object => ({
  ...{ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason },
  ...(retryAfterSeconds === undefined ? {} : { details: { retryAfterSeconds } }),
  code: status,
});

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
