import { readYaml } from '../../files/yaml-source.ts';
import { looksCompiled } from './compiled-plan.ts';

/** Kinds of files that drain reads. */
export type FileKind = 'plan' | 'compiled-plan' | 'config' | 'guard' | 'kube' | 'simulation';

/** Fields that only one kind has; a plan may have any of the others. */
const telling: readonly (readonly [FileKind, readonly string[]])[] = [
  ['simulation', ['table', 'clients']],
  ['kube', ['cluster', 'kubeconfig', 'inCluster']],
  ['guard', ['services', 'maintenance']],
  ['plan', ['from', 'rollouts', 'add', 'weights']],
  [
    'config',
    [
      'names',
      'groups',
      'directors',
      'defaults',
      'notify',
      'requireReason',
      'minServing',
      'windows',
    ],
  ],
];

/** The kind of a file, by the fields at its top: how it is called says nothing. */
export function fileKindOf(text: string): FileKind {
  if (looksCompiled(text)) return 'compiled-plan';
  const source = readYaml(text, '');
  const value = source.ok ? source.value.value : undefined;
  const keys = new Set(Object.keys(value !== null && typeof value === 'object' ? value : {}));
  return telling.find(([, fields]) => fields.some((field) => keys.has(field)))?.[0] ?? 'plan';
}
