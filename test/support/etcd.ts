import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endOf } from '../../src/store/etcd/etcd.ts';
import { programOf, whyNot } from './debian-packages.ts';
import { eventually } from './eventually.ts';
import { selfSigned } from './self-signed.ts';

/** Real members of an etcd cluster on loopback. */
export interface Etcd {
  /** `127.0.0.1:40001` of each member. */
  readonly endpoints: readonly string[];
  /** The certificate to trust, with TLS. */
  readonly caFile: string;
  /** As `--state` has it: `etcd://127.0.0.1:40001/PREFIX`. */
  state(prefix: string, options?: string): string;
  /** kill -9. */
  kill(member?: number): Promise<void>;
  /** SIGSTOP and SIGCONT. */
  signal(signal: NodeJS.Signals, member?: number): void;
  /** A member that was killed, on its old data. */
  start(member?: number): Promise<void>;
  /** A call of its JSON gateway. */
  call(path: string, body: object, token?: string): Promise<Record<string, unknown>>;
  /** Which member leads. */
  leader(): Promise<number>;
  stop(): Promise<void>;
}

export type StartedEtcd =
  | { readonly kind: 'running'; readonly etcd: Etcd }
  | { readonly kind: 'unavailable'; readonly reason: string };

interface EtcdOptions {
  readonly members?: number;
  readonly tls?: boolean;
}

/** Debian's etcd-server (8 MB), fetched on first use. */
export async function startEtcd({
  members = 1,
  tls = false,
}: EtcdOptions = {}): Promise<StartedEtcd> {
  const program = await programOf('etcd-server', 'usr/bin/etcd').catch((error: Error) => error);
  if (program instanceof Error) return { kind: 'unavailable', reason: whyNot(program) };
  const folder = await mkdtemp(join(tmpdir(), 'drain-etcd-'));
  const caFile = join(folder, 'cert.pem');
  const keyFile = join(folder, 'key.pem');
  if (tls) {
    const { cert, key } = await selfSigned('localhost');
    await writeFile(caFile, cert);
    await writeFile(keyFile, key, { mode: 0o600 });
  }
  const scheme = tls ? 'https' : 'http';
  const ports = await freePorts(2 * members);
  const endpoints = ports.slice(0, members).map((port) => `127.0.0.1:${port}`);
  const peers = ports.slice(members).map((port) => `http://127.0.0.1:${port}`);
  const cluster = peers.map((peer, i) => `m${i}=${peer}`).join(',');
  const children: (ChildProcess | undefined)[] = [];
  const launch = (i: number): void => {
    const url = `${scheme}://${endpoints[i]}`;
    const args = [
      ...['--name', `m${i}`, '--data-dir', join(folder, `data-${i}`)],
      ...['--listen-client-urls', url, '--advertise-client-urls', url],
      ...['--listen-peer-urls', peers[i] ?? '', '--initial-advertise-peer-urls', peers[i] ?? ''],
      ...['--initial-cluster', cluster, '--log-level', 'error'],
      // Each store of a test logs in: at the usual cost that is what a busy machine does all the time.
      ...['--bcrypt-cost', '4'],
      ...(tls ? ['--cert-file', caFile, '--key-file', keyFile] : []),
    ];
    children[i] = spawn(program, args, { stdio: 'ignore' });
  };
  const post = async (endpoint: string, path: string, body: object, token?: string) => {
    const answer = await request(`${scheme}://${endpoint}${path}`, body, token);
    return JSON.parse(answer) as Record<string, unknown>;
  };
  const isReady = (endpoint: string) =>
    eventually(async () => {
      const { leader } = await post(endpoint, '/v3/maintenance/status', {});
      if (!leader) throw new Error('it has no leader yet');
    });
  const kill = async (i = 0): Promise<void> => {
    const child = children[i];
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  };
  for (let i = 0; i < members; i++) launch(i);
  await Promise.all(endpoints.map(isReady));
  return {
    kind: 'running',
    etcd: {
      endpoints,
      caFile,
      kill,
      state: (prefix, options = '') =>
        `${tls ? 'etcds' : 'etcd'}://${endpoints.join(',')}/${prefix}${options}`,
      signal: (signal, i = 0) => void children[i]?.kill(signal),
      async start(i = 0) {
        launch(i);
        await isReady(endpoints[i] ?? '');
      },
      call: (path, body, token) => post(endpoints[0] ?? '', path, body, token),
      async leader() {
        const all = await Promise.all(
          endpoints.map((one) => post(one, '/v3/maintenance/status', {})),
        );
        return all.findIndex(
          ({ header, leader }) => (header as { member_id: string }).member_id === leader,
        );
      },
      async stop() {
        await Promise.all(children.map((_, i) => kill(i)));
        await rm(folder, { recursive: true, force: true });
      },
    },
  };
}

async function request(url: string, body: object, token?: string): Promise<string> {
  const { request: open } = await (url.startsWith('https:')
    ? import('node:https')
    : import('node:http'));
  return new Promise((resolve, reject) => {
    const asked = open(
      url,
      {
        method: 'POST',
        rejectUnauthorized: false,
        agent: false,
        timeout: 3_000,
        headers: token ? { Authorization: token } : {},
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve(text));
      },
    );
    asked.on('timeout', () => asked.destroy(new Error('no answer')));
    asked.on('error', reject);
    asked.end(JSON.stringify(body));
  });
}

/** All at once, so that none is given out twice. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) => {
          server.listen(0, '127.0.0.1', () => {
            const address = server.address();
            resolve(typeof address === 'object' ? (address?.port ?? 0) : 0);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Switches authentication on, with a user who may read and write the keys of one prefix. */
export async function allowUser(
  { call }: Etcd,
  user: string,
  password: string,
  prefix: string,
): Promise<void> {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const key = base64(prefix);
  const range_end = base64(endOf(prefix));
  await call('/v3/auth/user/add', { name: 'root', password: 'root' });
  await call('/v3/auth/user/grant', { user: 'root', role: 'root' });
  await call('/v3/auth/role/add', { name: 'drain' });
  await call('/v3/auth/role/grant', {
    ...{ name: 'drain', perm: { permType: 'READWRITE', key, range_end } },
  });
  await call('/v3/auth/user/add', { name: user, password });
  await call('/v3/auth/user/grant', { user, role: 'drain' });
  await call('/v3/auth/enable', {});
}
