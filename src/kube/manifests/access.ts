import type { KubeSettings } from '../../domain/kube/kube-settings.ts';

/** Names of what the manifests make. */
export const names = { namespace: 'drain', all: 'drain-kube' } as const;

export type Restricted = Pick<KubeSettings, 'namespaces' | 'writesNodeCondition'>;

/** A rule of RBAC: what may be done to what. */
export interface Rule {
  readonly group: string;
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const nodes: Rule = { group: '', resources: ['nodes'], verbs: ['get', 'list', 'watch'] };
const nodeStatus: Rule = { group: '', resources: ['nodes/status'], verbs: ['patch'] };

/** What drain does with Services; their finalizers are patched together with the status. */
const services: readonly Rule[] = [
  { group: '', resources: ['services'], verbs: ['get', 'list', 'watch'] },
  { group: '', resources: ['services/status'], verbs: ['patch'] },
  {
    group: 'discovery.k8s.io',
    resources: ['endpointslices'],
    verbs: ['get', 'list', 'watch'],
  },
];

const events: Rule = {
  group: 'events.k8s.io',
  resources: ['events'],
  verbs: ['create', 'patch'],
};

const leases: Rule = {
  group: 'coordination.k8s.io',
  resources: ['leases'],
  verbs: ['get', 'create', 'update'],
};

/** Roles as small as they can be: where the file names namespaces, only nodes are seen beyond them. */
export function roles({ namespaces, writesNodeCondition }: Restricted): readonly Role[] {
  const forNodes = writesNodeCondition ? [nodes, nodeStatus] : [nodes];
  const own: Role = { namespace: names.namespace, rules: [leases] };
  if (namespaces === undefined) return [{ rules: [...forNodes, ...services, events] }, own];
  return [
    { rules: forNodes },
    own,
    ...namespaces.map((namespace) => ({
      namespace,
      name: `${names.all}-services`,
      rules: [...services, events],
    })),
    // Events about nodes, which have no namespace, are kept in this one.
    ...(namespaces.includes('default')
      ? []
      : [{ namespace: 'default', name: `${names.all}-services`, rules: [events] }]),
  ];
}

export interface Role {
  /** Absent: the whole cluster. */
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly rules: readonly Rule[];
}

/** Namespace, ServiceAccount, roles and their bindings, as YAML documents. */
export const accessManifests = (settings: Restricted): readonly string[] => [
  `apiVersion: v1
kind: Namespace
metadata:
  name: ${names.namespace}
`,
  `apiVersion: v1
kind: ServiceAccount
metadata:
  name: ${names.all}
  namespace: ${names.namespace}
`,
  ...roles(settings).flatMap((role) => [roleManifest(role), bindingManifest(role)]),
];

const metadata = ({ namespace, name = names.all }: Role): string =>
  `metadata:
  name: ${name}${namespace === undefined ? '' : `\n  namespace: ${namespace}`}`;

const kindOf = ({ namespace }: Role): 'ClusterRole' | 'Role' =>
  namespace === undefined ? 'ClusterRole' : 'Role';

const roleManifest = (role: Role): string => `apiVersion: rbac.authorization.k8s.io/v1
kind: ${kindOf(role)}
${metadata(role)}
rules:
${role.rules.map(ruleText).join('')}`;

const ruleText = ({ group, resources, verbs }: Rule): string =>
  `  - apiGroups: ['${group}']
    resources: [${resources.join(', ')}]
    verbs: [${verbs.join(', ')}]
`;

const bindingManifest = (role: Role): string => `apiVersion: rbac.authorization.k8s.io/v1
kind: ${kindOf(role)}Binding
${metadata(role)}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ${kindOf(role)}
  name: ${role.name ?? names.all}
subjects:
  - kind: ServiceAccount
    name: ${names.all}
    namespace: ${names.namespace}
`;
