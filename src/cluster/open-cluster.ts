import type { RequestOptions } from 'node:http';
import type { Agent } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { type Failure, fail, ok, type Result } from '../domain/failure.ts';
import type { ClusterAccess } from '../domain/kube/kube-settings.ts';
import { printable } from '../domain/printable.ts';
import type { ClusterApi } from '../kube/kube-ports.ts';
import { createClusterApi } from './create-cluster-api.ts';
import type { Connection } from './request.ts';

/** Opens the way to an API server, without asking it anything. */
export function openCluster(access: ClusterAccess): Result<ClusterApi> {
  const connection = connectionTo(access);
  return connection.ok ? ok(createClusterApi(connection.value)) : connection;
}

export function connectionTo(access: ClusterAccess): Result<Connection> {
  const config = new KubeConfig();
  const loaded = load(config, access);
  if (!loaded.ok) return loaded;
  if (access.kind === 'kubeconfig' && access.context !== undefined) {
    const { context, file } = access;
    if (!config.getContextObject(context)) return fail(noContext(config, context, file));
    config.setCurrentContext(context);
  }
  const refusal = refused(config, access);
  return refusal ? fail(refusal) : ok(connectionOf(config));
}

function load(config: KubeConfig, access: ClusterAccess): Result<void> {
  try {
    if (access.kind === 'kubeconfig') config.loadFromFile(access.file);
    // The library makes an address of nothing, and asks that.
    else if (process.env.KUBERNETES_SERVICE_HOST) config.loadFromCluster();
    else return fail(outsideOfPod);
    return ok(undefined);
  } catch (error) {
    return fail({
      kind: 'preflight',
      what: `the kubeconfig cannot be read: ${whyUnreadable(error)}`,
      where: fileOf(access),
      next: 'name a kubeconfig that kubectl can work with',
    });
  }
}

const outsideOfPod: Failure = {
  kind: 'preflight',
  what: 'this is no pod of a cluster, as inCluster: true says',
  next: 'name a kubeconfig in the file, or run it in a pod with a service account',
};

const fileOf = (access: ClusterAccess): string | undefined =>
  access.kind === 'kubeconfig' ? access.file : undefined;

/** Never the lines of a YAML error, in which a token may stand. */
function whyUnreadable(error: unknown): string {
  const { code, reason, mark } = error as {
    readonly code?: unknown;
    readonly reason?: unknown;
    readonly mark?: { readonly line?: unknown };
  };
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES') return 'this user may not read it';
  if (typeof code === 'string') return printable(code);
  if (typeof reason !== 'string') return 'it is no kubeconfig';
  const line = typeof mark?.line === 'number' ? ` in line ${mark.line + 1}` : '';
  return `it is no YAML${line}`;
}

function noContext(config: KubeConfig, context: string, where: string): Failure {
  const names = config.getContexts().map(({ name }) => printable(name));
  return {
    kind: 'usage',
    what: `the kubeconfig has no context ${printable(context)}`,
    where,
    next: `its contexts are: ${names.join(', ') || 'none'}`,
  };
}

function refused(config: KubeConfig, access: ClusterAccess): Failure | undefined {
  const cluster = config.getCurrentCluster();
  const where = fileOf(access);
  if (!cluster?.server) {
    return {
      ...{ kind: 'preflight', where },
      what: 'the kubeconfig names no cluster for its current context',
      next: 'set current-context in it, or name a context in the file',
    };
  }
  if (cluster.server.startsWith('http:') && !cluster.skipTLSVerify) {
    return {
      ...{ kind: 'preflight', where },
      what: `the API server is reached without TLS: ${printable(cluster.server)}`,
      next: 'use its https:// address',
    };
  }
  const user = config.getCurrentUser();
  const command = user?.exec ?? user?.authProvider?.config?.['cmd-path'];
  if (!command || (access.kind === 'kubeconfig' && access.allowsExec)) return undefined;
  return {
    ...{ kind: 'preflight', where },
    what: 'the kubeconfig starts a command for its credentials, which would run as this user',
    next: 'use a token or a client certificate, or set allowExec: true in the file',
  };
}

function connectionOf(config: KubeConfig): Connection {
  let kept: { readonly agent: Agent; readonly fingerprint: string } | undefined;
  return {
    server: config.getCurrentCluster()?.server ?? '',
    // Each time, as the library reads tokens anew; but connections go on being used.
    async options() {
      const options: RequestOptions & Credentials = {};
      await config.applyToHTTPSOptions(options);
      const fingerprint = [options.ca, options.cert, options.key].map(String).join('\n');
      const agent = options.agent as Agent;
      if (kept?.fingerprint === fingerprint) {
        agent.destroy();
      } else {
        agent.options.keepAlive = true;
        kept = { agent, fingerprint };
      }
      const { headers, auth } = options;
      return { headers: headers ?? {}, agent: kept.agent, ...(auth ? { auth } : {}) };
    },
  };
}

interface Credentials {
  readonly ca?: unknown;
  readonly cert?: unknown;
  readonly key?: unknown;
}
