import type { ServerKey, ServiceKey } from '../address.ts';

/** Events of `drain kube`; `--output json` writes exactly these, one a line, and the API gets them as Events. */
export type KubeEvent = KubeEventBody & {
  readonly v: 1;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly director: string;
};

/** A Kubernetes Service, as Events of the API name the object that they are about. */
export interface EventOwner {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

interface AtService {
  readonly service: ServiceKey;
  readonly owner: EventOwner;
}

interface AtServer extends AtService {
  readonly server: ServerKey;
  readonly node?: string | undefined;
}

/**
 * Reasons to be held. `keep`: too few would serve. `floor`: the service is at its `minServing`. `batch`: others have to be empty first. `timeout`: it
 * does not become empty. `foreign`: the row in the table is somebody else's. `somebody-else`: somebody
 * edited an own server. `rollout`: an unfinished one has the service. `not-synced`, `meltdown`: what the cluster shows is not believed.
 */
export type HeldWhy =
  | 'keep'
  | 'floor'
  | 'batch'
  | 'timeout'
  | 'foreign'
  | 'somebody-else'
  | 'rollout'
  | 'not-synced'
  | 'meltdown';

export type KubeEventBody =
  | (AtServer & { readonly type: 'server-joined'; readonly weight: number })
  | (AtServer & {
      readonly type: 'server-leaving';
      readonly cause: string;
      /** Words behind the cause, as a taint's key; other people's. */
      readonly detail?: string | undefined;
    })
  | (AtServer & { readonly type: 'server-returns'; readonly after: string })
  | (AtServer & {
      readonly type: 'server-drained';
      readonly cause: string;
      readonly afterMs: number;
      /** Connections that were cut off: 0 where the server was empty. */
      readonly connections: number;
    })
  | (AtServer & {
      readonly type: 'not-draining';
      /** Why it leaves. */
      readonly cause?: string | undefined;
      /** Why it does not become empty. */
      readonly reason: string | undefined;
      readonly connections: number | undefined;
    })
  | (AtServer & {
      readonly type: 'server-held';
      readonly why: HeldWhy;
      readonly cause?: string | undefined;
    })
  | (AtService & {
      readonly type: 'service-held';
      readonly why: HeldWhy;
      /** `10.0.0.1:30080: weight 100 expected, 0 found`. */
      readonly diff: readonly string[];
    })
  | (AtService & { readonly type: 'service-released' })
  | (AtService & { readonly type: 'service-added' | 'service-removed' })
  | {
      readonly type: 'cluster-held';
      readonly why: HeldWhy;
      /** Lists that are missing or empty: `nodes`, ... */
      readonly lists: readonly string[];
    }
  | { readonly type: 'cluster-released' };

/** Events of the controller itself, of no one director; `--output json` writes these as well. */
export type KubeNotice = KubeNoticeBody & {
  readonly v: 1;
  /** ISO 8601, UTC. */
  readonly at: string;
};

export type KubeNoticeBody =
  | {
      readonly type: 'kube-started';
      readonly cluster: string;
      readonly file: string;
      readonly directors: readonly string[];
    }
  | { readonly type: 'kube-stopped'; readonly reason: string; readonly exitCode: number }
  /** The cluster is known, or what is known of it is not of now any more. */
  | { readonly type: 'cluster-known' | 'cluster-lost' }
  /** This instance writes from now on, or no longer. */
  | { readonly type: 'leader' | 'follower' }
  | {
      readonly type: 'problem';
      readonly severity: 'Warning' | 'Normal';
      /** Stable: `NoNodePort`, `AddressInUse`, ... */
      readonly reason: string;
      /** `Service shop/web`, `Node n1`; other people's names. */
      readonly about: string;
      readonly message: string;
    }
  /** The health of a server by its check is another one. */
  | {
      readonly type: 'check-failed' | 'check-passed';
      /** `http://10.0.0.1:10256/healthz`, `tcp 10.0.0.1:80`. */
      readonly check: string;
      /** The answer, or what came instead; other people's. */
      readonly detail: string;
    }
  /** Somebody said `drain continue`. */
  | { readonly type: 'continued' }
  | { readonly type: 'reloaded' }
  | { readonly type: 'reload-refused'; readonly message: string }
  | { readonly type: 'listed-again'; readonly director: string }
  | {
      readonly type: 'warning';
      /** Stable: `cannot-list`, `cannot-write`, `cannot-watch`, `status-not-written`, ... */
      readonly code: string;
      readonly message: string;
      readonly director?: string | undefined;
    };
