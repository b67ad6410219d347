import { type Resource, resources } from './api-object.ts';

/** A group with nothing of its own here, but asked for: `kubectl drain` looks for it. */
const emptyGroups = ['policy/v1'];

const groupVersions = [
  ...new Set([...resources.flatMap(({ groups }) => groups), ...emptyGroups]),
].filter((one) => one !== 'v1');

const verbs = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];

/** The answer to a path of discovery (unaggregated), of the version, and of health; else nothing. */
export function discovered(path: string): object | string | undefined {
  if (['/healthz', '/readyz', '/livez'].includes(path)) return 'ok';
  if (path === '/version') {
    return { major: '1', minor: '35', gitVersion: 'v1.35.0-stand-in', platform: 'linux/amd64' };
  }
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] };
  if (path === '/apis') {
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: groupVersions.map(groupOf) };
  }
  const [, groupVersion] = /^\/api(?:s)?\/((?:[^/]+\/)?v1)$/.exec(path) ?? [];
  if (groupVersion === undefined) return undefined;
  const own = resources.filter(({ groups }) => groups.includes(groupVersion));
  return {
    ...{ kind: 'APIResourceList', apiVersion: 'v1', groupVersion },
    resources: own.flatMap(rowsOf),
  };
}

function groupOf(groupVersion: string): object {
  const [name = '', version = ''] = groupVersion.split('/');
  const only = { groupVersion, version };
  return { name, versions: [only], preferredVersion: only };
}

function rowsOf({ name, kind, isNamespaced, shortNames, subresources }: Resource): object[] {
  const row = { namespaced: isNamespaced, singularName: kind.toLowerCase() };
  const sub = { namespaced: isNamespaced, singularName: '' };
  return [
    { name, kind, ...row, shortNames, verbs },
    ...subresources.map((one) =>
      one === 'eviction'
        ? {
            ...{ name: `${name}/eviction`, kind: 'Eviction', ...sub, verbs: ['create'] },
            ...{ group: 'policy', version: 'v1' },
          }
        : { name: `${name}/status`, kind, ...sub, verbs: ['get', 'patch', 'update'] },
    ),
  ];
}
