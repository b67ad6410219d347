import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionTo, openCluster } from '../../../src/cluster/open-cluster.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drain-kubeconfig-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const config = (more: object = {}, server = 'https://10.0.0.1:6443') => ({
  ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'prod' },
  clusters: [{ name: 'prod', cluster: { server } }],
  users: [{ name: 'drain', user: { token: 's3cret' } }],
  contexts: [{ name: 'prod', context: { cluster: 'prod', user: 'drain' } }],
  ...more,
});
const written = async (name: string, content: object | string): Promise<string> => {
  const file = join(folder, name);
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
};
const users = (user: object) => ({ users: [{ name: 'drain', user }] });
const at = (file: string, more: object = {}) =>
  ({ kind: 'kubeconfig', file, allowsExec: false, ...more }) as const;
const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'aws', args: [] };

describe('a kubeconfig', () => {
  it('names the server and the token, without asking anything', async () => {
    const connection = connectionTo(at(await written('good', config())));
    if (!connection.ok) throw new Error(connection.failure.what);
    expect(connection.value.server).toBe('https://10.0.0.1:6443');
    const { headers } = await connection.value.options();
    expect(headers).toMatchObject({ Authorization: 'Bearer s3cret' });
  });

  it('goes on with its connections for as long as its credentials are the same', async () => {
    const connection = connectionTo(at(await written('same', config())));
    if (!connection.ok) throw new Error(connection.failure.what);
    const [first, second] = [await connection.value.options(), await connection.value.options()];
    expect(first.agent).toBe(second.agent);
  });

  it.each([
    ['an exec credential', { exec }],
    [
      'a command of an auth provider',
      { 'auth-provider': { name: 'gcp', config: { 'cmd-path': '/bin/gcloud' } } },
    ],
  ])('with %s is refused, for it would run as root, unless the file allows it', async (_, user) => {
    const kubeconfig = await written('exec', config(users(user)));
    expect(openCluster(at(kubeconfig))).toMatchObject({
      ok: false,
      failure: {
        ...{ kind: 'preflight', where: kubeconfig },
        what: 'the kubeconfig starts a command for its credentials, which would run as this user',
        next: 'use a token or a client certificate, or set allowExec: true in the file',
      },
    });
    expect(openCluster(at(kubeconfig, { allowsExec: true })).ok).toBe(true);
  });

  it('without TLS is refused, and a context that is not there is named with those that are', async () => {
    const plain = await written('plain', config({}, 'http://10.0.0.1:8080'));
    expect(openCluster(at(plain))).toMatchObject({
      failure: { what: 'the API server is reached without TLS: http://10.0.0.1:8080' },
    });
    const kubeconfig = await written('contexts', config());
    expect(openCluster(at(kubeconfig, { context: 'test' }))).toMatchObject({
      failure: { kind: 'usage', next: 'its contexts are: prod' },
    });
  });

  it('that cannot be read never shows its lines, in which a token may stand', async () => {
    const broken = await written('broken', 'users:\n- token: s3cret: [\n');
    const opened = openCluster(at(broken));
    expect(opened).toMatchObject({ ok: false, failure: { kind: 'preflight', where: broken } });
    expect(JSON.stringify(opened)).not.toContain('s3cret');
    for (const [name, content] of [
      ['empty', ''],
      ['list', '[]'],
      ['text', 'hello'],
      ['none', {}],
    ] as const) {
      expect(openCluster(at(await written(name, content))).ok, name).toBe(false);
    }
    expect(openCluster(at(join(folder, 'missing')))).toMatchObject({
      failure: { what: 'the kubeconfig cannot be read: there is no such file' },
    });
  });

  it('is needed outside of a pod', () => {
    expect(openCluster({ kind: 'in-cluster' })).toMatchObject({
      failure: { what: 'this is no pod of a cluster, as inCluster: true says' },
    });
  });
});
