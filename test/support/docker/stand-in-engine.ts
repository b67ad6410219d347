import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';

interface StandInContainer {
  readonly name: string;
  /** Addresses by network; none while it does not run. */
  readonly networks?: Readonly<Record<string, string>>;
  readonly status?: 'running' | 'exited' | 'paused';
  readonly networkMode?: string;
}

export interface StandInEngine {
  readonly socket: string;
  /** Paths that were asked for. */
  readonly asked: readonly string[];
  readonly close: () => Promise<void>;
}

/**
 * A Docker engine on a socket in `folder`, as far as drain asks one: the answers have the form of those of
 * Docker 20.10, with a secret where a real one has the environment of its container.
 */
export async function standInEngine(
  folder: string,
  containers: readonly StandInContainer[],
): Promise<StandInEngine> {
  const socket = join(folder, 'docker.sock');
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const [, name] = /^\/containers\/([^/]+)\/json$/.exec(path) ?? [];
    const found = containers.find((one) => one.name === name);
    const [status, body] =
      path === '/containers/json'
        ? [200, containers.filter((one) => isRunning(one)).map(listed)]
        : found
          ? [200, described(found)]
          : name === 'f'
            ? [400, { message: 'multiple IDs found with provided prefix: f' }]
            : [404, { message: `No such container: ${name}` }];
    response.writeHead(status as number, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((done) => server.listen(socket, done));
  return {
    socket,
    asked,
    close: async () => {
      await new Promise((done) => server.close(done));
      await rm(socket, { force: true });
    },
  };
}

const isRunning = ({ status = 'running' }: StandInContainer): boolean => status !== 'exited';

const networksOf = ({ networks = {} }: StandInContainer) =>
  Object.fromEntries(
    Object.entries(networks).map(([network, address]) => [
      network,
      address.includes(':')
        ? { IPAddress: '', GlobalIPv6Address: address }
        : { IPAddress: address, GlobalIPv6Address: '' },
    ]),
  );

const described = (one: StandInContainer) => ({
  Id: 'f'.repeat(64),
  Name: `/${one.name}`,
  State: { Status: one.status ?? 'running', Running: isRunning(one) },
  Config: { Env: ['PASSWORD=hunter2'] },
  HostConfig: { NetworkMode: one.networkMode ?? 'default' },
  NetworkSettings: { Networks: networksOf(one) },
});

const listed = (one: StandInContainer) => ({
  Id: 'f'.repeat(64),
  Names: [`/${one.name}`],
  State: one.status ?? 'running',
  NetworkSettings: { Networks: networksOf(one) },
});
