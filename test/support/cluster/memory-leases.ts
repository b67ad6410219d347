import { leaseBody, leaseIn } from '../../../src/cluster/bodies.ts';
import type { ApiFailureCode, ApiResult, ClusterApi, Lease } from '../../../src/kube/kube-ports.ts';
import { ApiError, type ApiObject } from './api-object.ts';
import type { ClusterStore } from './cluster-store.ts';

type LeaseApi = Pick<ClusterApi, 'readLease' | 'createLease' | 'replaceLease'>;

const codes: Readonly<Record<string, ApiFailureCode>> = {
  NotFound: 'not-found',
  AlreadyExists: 'already-exists',
  Conflict: 'conflict',
};

/** The Leases of a store without a network, unless `failure` says that it is away. */
export function memoryLeases(
  store: ClusterStore,
  failure: () => ApiFailureCode | undefined = () => undefined,
): LeaseApi {
  const answered = async (ask: () => ApiObject): Promise<ApiResult<Lease>> => {
    const place = { verb: 'update', resource: 'leases', message: 'planned' };
    const code = failure();
    if (code) return { ok: false, failure: { ...place, code } };
    try {
      return { ok: true, value: leaseIn(ask()) as Lease };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { ok: false, failure: { ...place, code: codes[error.reason] ?? 'invalid' } };
    }
  };
  const at = { resource: 'leases' };
  const body = (...words: Parameters<typeof leaseBody>) => leaseBody(...words) as ApiObject;
  return {
    readLease: (name) => answered(() => store.get({ ...at, ...name })),
    createLease: (name, spec) =>
      answered(() => store.create('leases', name.namespace, body(name, spec))),
    replaceLease: (name, spec, version) =>
      answered(() => store.replace({ ...at, ...name }, body(name, spec, version))),
  };
}
