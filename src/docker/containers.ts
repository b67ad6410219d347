import * as z from 'zod';
import { canonicalAddress } from '../domain/address.ts';
import { type Failure, fail, ok, type Result } from '../domain/failure.ts';
import type { ContainerAddress, Containers } from '../domain/places/container.ts';
import { printable } from '../domain/printable.ts';
import { askEngine, socketOf } from './engine-socket.ts';

const networks = z
  .record(
    z.string(),
    z.object({ IPAddress: z.string().default(''), GlobalIPv6Address: z.string().default('') }),
  )
  .nullish();

/** What is read of a container's description; the rest, as its environment, is nobody's business. */
const described = z.object({
  State: z.object({ Running: z.boolean(), Status: z.string() }),
  HostConfig: z.object({ NetworkMode: z.string().default('') }).default({ NetworkMode: '' }),
  NetworkSettings: z.object({ Networks: networks }),
});

const listed = z.array(
  z.object({
    Names: z.array(z.string()).default([]),
    NetworkSettings: z.object({ Networks: networks }).nullish(),
  }),
);

/** The containers of the engine that `dockerHost`, the variable DOCKER_HOST, names. */
export const createContainers = (dockerHost: string | undefined): Containers => ({
  async addresses(container) {
    const socket = socketOf(dockerHost);
    if (!socket.ok) return socket;
    const path = `/containers/${encodeURIComponent(container)}/json`;
    const answer = await askEngine(socket.value, path);
    return answer.ok ? addressesIn(container, answer.value) : answer;
  },
  async nameAt(address) {
    const socket = socketOf(dockerHost);
    if (!socket.ok) return socket;
    const answer = await askEngine(socket.value, '/containers/json');
    if (!answer.ok) return answer;
    const containers = listed.safeParse(answer.value.body);
    if (!containers.success) return fail(refused(answer.value.body));
    const found = containers.data.find((one) =>
      addressesOf(one.NetworkSettings?.Networks).some((own) => own.address === address),
    );
    const name = found?.Names[0]?.replace(/^\//, '');
    return name === undefined ? fail(nobodyAt(address)) : ok(name);
  },
});

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** The addresses in the answer to `/containers/NAME/json`. */
export function addressesIn(
  container: string,
  { status, body }: Answer,
): Result<readonly ContainerAddress[]> {
  if (status === 404) return fail(noSuchContainer(container));
  const found = described.safeParse(body);
  if (status !== 200 || !found.success) return fail(refused(body));
  const { State, HostConfig, NetworkSettings } = found.data;
  if (!State.Running) return fail(notRunning(container, State.Status));
  const addresses = addressesOf(NetworkSettings.Networks);
  return addresses.length > 0 ? ok(addresses) : fail(noAddress(container, HostConfig.NetworkMode));
}

const addressesOf = (all: z.infer<typeof networks>): readonly ContainerAddress[] =>
  Object.entries(all ?? {}).flatMap(([network, { IPAddress, GlobalIPv6Address }]) =>
    [IPAddress, GlobalIPv6Address].flatMap((text) => {
      const address = canonicalAddress(text);
      return address === undefined ? [] : [{ network, address }];
    }),
  );

const noSuchContainer = (container: string): Failure => ({
  kind: 'usage',
  what: `there is no container ${container} on this machine`,
  next: '`docker ps --all` lists them; a service of Swarm is not one, but its tasks are',
});

const notRunning = (container: string, status: string): Failure => ({
  kind: 'preflight',
  what: `container ${container} does not run (${printable(status, 40)}), and so has no address`,
  next: `start it with \`docker start ${container}\`, or give the address that the table has`,
});

function noAddress(container: string, mode: string): Failure {
  const [, other] = /^container:([A-Za-z0-9_.-]+)$/.exec(mode) ?? [];
  if (other !== undefined) {
    return {
      kind: 'usage',
      what: `container ${container} has the network of another one`,
      next: `name that one: docker://${other.slice(0, 64)}`,
    };
  }
  const where = mode === 'host' ? 'has the network of its host' : 'is in no network';
  return {
    kind: 'usage',
    what: `container ${container} ${where}, and so has no address of its own`,
    next: 'give an address and a port that the director reaches',
  };
}

const nobodyAt = (address: string): Failure => ({
  kind: 'usage',
  what: `COMMAND says {container}, and no container that runs here has the address ${address}`,
  next: 'name the server as docker://NAME, or write the name of the container into COMMAND',
});

/** The engine's own words; an id that is short may mean several. */
function refused(body: unknown): Failure {
  const said = z.object({ message: z.string() }).safeParse(body);
  return {
    kind: 'preflight',
    what: `Docker's engine says: ${said.success ? printable(said.data.message, 300) : 'nothing that drain understands'}`,
    next: 'give the whole name of the container as `docker ps` shows it, or its address',
  };
}
