import type { Finding } from '../../../domain/failure.ts';
import { printable } from '../../../domain/printable.ts';
import type { AccessRight, ClusterApi } from '../../../kube/kube-ports.ts';
import { type Restricted, roles } from '../../../kube/manifests/access.ts';

/** All that the manifests grant for a file, one verb of one resource each. */
export const rightsFor = (settings: Restricted): readonly AccessRight[] =>
  roles(settings).flatMap(({ namespace, rules }) =>
    rules.flatMap(({ group, resources, verbs }) =>
      resources.flatMap((resource) => verbs.map((verb) => ({ verb, group, resource, namespace }))),
    ),
  );

/** Rights that a file takes and its user has not; one finding for all, or that nothing is missing. */
export async function examineRights(
  api: Pick<ClusterApi, 'server' | 'allows'>,
  settings: Restricted,
): Promise<readonly Finding[]> {
  const missing: string[] = [];
  for (const right of rightsFor(settings)) {
    const answer = await api.allows(right);
    if (!answer.ok) return [notAsked(api.server, answer.failure.message)];
    const { verb, resource, namespace } = right;
    const where = namespace === undefined ? '' : ` in ${namespace}`;
    if (!answer.value) missing.push(`${verb} ${resource}${where}`);
  }
  if (missing.length === 0) {
    return [
      { severity: 'ok', code: 'kube-rights', message: 'the cluster grants all that is needed' },
    ];
  }
  return [
    {
      severity: 'error',
      kind: 'preflight',
      code: 'kube-rights',
      message: `the user of the kubeconfig may not ${missing.join(', ')}`,
      next: 'apply what drain kube manifests prints for the file',
    },
  ];
}

const notAsked = (server: string, message: string): Finding => ({
  severity: 'error',
  kind: 'unreachable',
  code: 'kube-api',
  message: `${printable(server)} does not say what is granted: ${printable(message)}`,
  next: 'see that the kubeconfig is right, and the server there',
});
