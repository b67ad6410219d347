import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseKubeFile } from '../../../src/config/files/kube-file.ts';
import { manifests } from '../../../src/kube/manifests/manifests.ts';

type Document = Record<string, unknown> & {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
};

const made = (text?: string): readonly Document[] => {
  const parsed = text === undefined ? undefined : parseKubeFile(text, 'kube.yaml');
  if (parsed && !parsed.ok) throw new Error(parsed.failure.what);
  const file = text === undefined || !parsed ? undefined : { text, settings: parsed.value };
  return parseAllDocuments(manifests({ version: '1.2.3', file })).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Document;
  });
};

const named = (documents: readonly Document[]) =>
  documents.map(({ kind, metadata }) =>
    [kind, metadata.namespace, metadata.name].filter(Boolean).join(' '),
  );

const rules = (documents: readonly Document[]) =>
  documents
    .filter(({ kind }) => kind.endsWith('Role'))
    .map(({ kind, metadata, rules: all }) => ({
      of: [kind, metadata.namespace].filter(Boolean).join(' '),
      rules: (all as { apiGroups: string[]; resources: string[]; verbs: string[] }[]).map(
        ({ apiGroups, resources, verbs }) =>
          `${apiGroups.join()}/${resources.join()}: ${verbs.join(' ')}`,
      ),
    }));

/** The file of drain kube in the ConfigMap. */
function fileIn(documents: readonly Document[]): string {
  const data = documents.find(({ kind }) => kind === 'ConfigMap')?.data;
  return (data as Record<string, string> | undefined)?.['kube.yaml'] ?? '';
}

const outside = 'cluster: prod\nkubeconfig: /kc\nclass: a/b\n';
const inside = 'cluster: prod\ninCluster: true\nclass: a/b\n';

describe('the manifests', () => {
  it('grant what the controller does, and nothing else', () => {
    expect(rules(made())).toEqual([
      {
        of: 'ClusterRole',
        rules: [
          '/nodes: get list watch',
          '/services: get list watch',
          '/services/status: patch',
          'discovery.k8s.io/endpointslices: get list watch',
          'events.k8s.io/events: create patch',
        ],
      },
      { of: 'Role drain', rules: ['coordination.k8s.io/leases: get create update'] },
    ]);
  });

  it('grant the condition of nodes only to a file that has it', () => {
    const [cluster] = rules(made(`${inside}nodeCondition: true\n`));
    expect(cluster?.rules).toContain('/nodes/status: patch');
    expect(JSON.stringify(rules(made(inside)))).not.toContain('nodes/status');
  });

  it('stay inside the namespaces of the file, nodes aside', () => {
    const all = rules(made(`${inside}namespaces: [shop]\n`));
    expect(all.map(({ of }) => of)).toEqual([
      'ClusterRole',
      'Role drain',
      'Role shop',
      'Role default',
    ]);
    expect(all[0]?.rules).toEqual(['/nodes: get list watch']);
    expect(all[3]?.rules).toEqual(['events.k8s.io/events: create patch']);
  });

  it('for a controller in the cluster run it there, with its file as it is', () => {
    const documents = made(inside);
    expect(named(documents)).toEqual([
      'Namespace drain',
      'ServiceAccount drain drain-kube',
      'ClusterRole drain-kube',
      'ClusterRoleBinding drain-kube',
      'Role drain drain-kube',
      'RoleBinding drain drain-kube',
      'ConfigMap drain drain-kube',
      'PersistentVolumeClaim drain drain-kube',
      'Deployment drain drain-kube',
    ]);
    expect(fileIn(documents)).toBe(inside);
  });

  it.each([`# a comment\n${inside}  \n\n# the end`, `${inside}# é\n`, `${inside}#\ttab\n`])(
    'keep the file %j as it means',
    (text) => {
      expect(parseKubeFile(fileIn(made(text)), 'kept')).toEqual(parseKubeFile(text, 'kept'));
    },
  );

  it('have an example in them that is a file of drain kube', () => {
    expect(parseKubeFile(fileIn(made()), 'kube.yaml')).toMatchObject({
      ok: true,
      value: { access: { kind: 'in-cluster' } },
    });
  });

  it('run it without rights on its machine', () => {
    const deployment = made().find(({ kind }) => kind === 'Deployment');
    expect(deployment).toMatchObject({
      spec: {
        replicas: 1,
        strategy: { type: 'Recreate' },
        template: {
          spec: {
            securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
            containers: [
              {
                image: 'drain:1.2.3',
                args: ['kube', '/etc/drain/kube/kube.yaml', '--listen', '0.0.0.0:9816'],
                livenessProbe: { httpGet: { path: '/healthz', port: 'metrics' } },
                readinessProbe: { httpGet: { path: '/readyz', port: 'metrics' } },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ['ALL'] },
                },
              },
            ],
          },
        },
      },
    });
  });

  it('for a controller on the director make the token for its kubeconfig', () => {
    expect(named(made(outside)).slice(-1)).toEqual(['Secret drain drain-kube']);
  });
});
