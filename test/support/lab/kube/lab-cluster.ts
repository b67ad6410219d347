import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { kubectlProgram } from '../../cluster/kubectl.ts';
import { repository } from '../boot.ts';
import { reachable } from '../fleet-sshd.ts';
import { startHelper } from '../helper.ts';
import type { Lab } from '../lab.ts';

/** A cluster inside the lab: an API server on the director, and the real kubectl beside it. */
export interface LabCluster {
  readonly kubeconfig: string;
  /** Runs the real kubectl to its end; throws with its words where it fails. */
  kubectl(args: string, input?: object): Promise<string>;
  /** What a controller of the cluster does; the lab's time at which it was done. */
  create(resource: string, object: object, namespace?: string): Promise<number>;
  patch(resource: string, name: string, patch: object, namespace?: string): Promise<number>;
  // biome-ignore lint/suspicious/noExplicitAny: objects as the API has them
  all(resource: string, namespace?: string): Promise<readonly any[]>;
}

/** Rejects where there is no kubectl to be had. */
export async function startLabCluster(lab: Lab): Promise<LabCluster> {
  const bundle = join(lab.folder, 'guest-cluster.mjs');
  const [kubectl] = await Promise.all([
    kubectlProgram(),
    build({
      entryPoints: [join(repository, 'test/support/lab/kube/guest-cluster.ts')],
      ...{ bundle: true, platform: 'node', format: 'esm', outfile: bundle, logLevel: 'error' },
      // Packages that ask for what is Node's own by `require`.
      banner: {
        js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
      },
    }),
  ]);
  await lab.run(['sh'], { stdin: reachable([dirname(kubectl)]) });
  const { channel, ready } = await startHelper(lab, [process.execPath, bundle]);
  const { kubeconfig } = JSON.parse(ready) as { readonly kubeconfig: string };
  const ask = async (order: Readonly<Record<string, unknown>>): Promise<number> =>
    (await channel.request<{ readonly atMs: number }>(order)).atMs;
  return {
    kubeconfig,
    async kubectl(args, input) {
      const run = await lab.run([kubectl, '--cache-dir=/run/kubectl', ...args.split(' ')], {
        env: { KUBECONFIG: kubeconfig },
        stdin: input ? JSON.stringify(input) : '',
        timeoutMs: 320_000,
      });
      if (run.exitCode !== 0) throw new Error(`kubectl ${args}: ${run.stderr}`);
      return run.stdout;
    },
    create: (resource, object, namespace) => ask({ op: 'create', resource, object, namespace }),
    patch: (resource, name, object, namespace) =>
      ask({ op: 'patch', kind: 'merge', resource, name, object, namespace }),
    all: (resource, namespace) => channel.request({ op: 'all', resource, namespace }),
  };
}
