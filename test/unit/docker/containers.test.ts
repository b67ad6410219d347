import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createContainers } from '../../../src/docker/containers.ts';
import { socketOf } from '../../../src/docker/engine-socket.ts';
import { type StandInEngine, standInEngine } from '../../support/docker/stand-in-engine.ts';

let folder: string;
let engine: StandInEngine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drain-docker-'));
  engine = await standInEngine(folder, [
    { name: 'web-1', networks: { bridge: '172.17.0.2' } },
    { name: 'web-2', networks: { front: '10.5.0.3', back: '10.6.0.3', six: 'fd00::3' } },
    { name: 'old', status: 'exited', networks: { bridge: '' } },
    { name: 'edge', networkMode: 'host', networks: { host: '' } },
    { name: 'side', networkMode: 'container:web-1', networks: {} },
    { name: 'alone', networkMode: 'none', networks: { none: '' } },
  ]);
});
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

const containers = () => createContainers(`unix://${engine.socket}`);

describe('a container', () => {
  it('has an address in each of its networks', async () => {
    expect(await containers().addresses('web-1')).toEqual({
      ok: true,
      value: [{ network: 'bridge', address: '172.17.0.2' }],
    });
    expect(await containers().addresses('web-2')).toEqual({
      ok: true,
      value: [
        { network: 'front', address: '10.5.0.3' },
        { network: 'back', address: '10.6.0.3' },
        { network: 'six', address: 'fd00::3' },
      ],
    });
  });

  it('is found by its address, among those that run', async () => {
    expect(await containers().nameAt('10.6.0.3')).toEqual({ ok: true, value: 'web-2' });
    expect(await containers().nameAt('10.6.0.4')).toMatchObject({
      failure: {
        kind: 'usage',
        what: 'COMMAND says {container}, and no container that runs here has the address 10.6.0.4',
      },
    });
  });

  it.each([
    [
      'nobody',
      'usage',
      'there is no container nobody on this machine',
      '`docker ps --all` lists them; a service of Swarm is not one, but its tasks are',
    ],
    [
      'old',
      'preflight',
      'container old does not run (exited), and so has no address',
      'start it with `docker start old`, or give the address that the table has',
    ],
    [
      'edge',
      'usage',
      'container edge has the network of its host, and so has no address of its own',
      'give an address and a port that the director reaches',
    ],
    [
      'side',
      'usage',
      'container side has the network of another one',
      'name that one: docker://web-1',
    ],
    [
      'alone',
      'usage',
      'container alone is in no network, and so has no address of its own',
      'give an address and a port that the director reaches',
    ],
    [
      'f',
      'preflight',
      "Docker's engine says: multiple IDs found with provided prefix: f",
      'give the whole name of the container as `docker ps` shows it, or its address',
    ],
  ])('without an address says why: %s', async (name, kind, what, next) => {
    const found = await containers().addresses(name);
    expect(found).toEqual({ ok: false, failure: { kind, what, next } });
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });
});

describe('an engine', () => {
  it('is that of this machine, on the socket that DOCKER_HOST names', () => {
    const usual = { ok: true, value: '/var/run/docker.sock' };
    expect([socketOf(undefined), socketOf('')]).toEqual([usual, usual]);
    expect(socketOf('unix:///run/user/7/docker.sock')).toEqual({
      ok: true,
      value: '/run/user/7/docker.sock',
    });
    for (const other of ['tcp://10.0.0.9:2376', 'ssh://root@10.0.0.9', 'nonsense']) {
      expect(socketOf(other)).toMatchObject({
        failure: { kind: 'usage', what: expect.stringContaining(other), where: 'DOCKER_HOST' },
      });
    }
  });

  it('that is not there says where it was looked for', async () => {
    const missing = join(folder, 'none.sock');
    expect(await createContainers(`unix://${missing}`).addresses('web-1')).toMatchObject({
      failure: {
        kind: 'preflight',
        what: `there is no Docker engine on this machine: no socket ${missing}`,
        next: expect.stringContaining('systemctl start docker'),
      },
    });
  });

  it('that answers with something else is not believed', async () => {
    const socket = join(folder, 'other.sock');
    const other = createServer((one) => one.end('SSH-2.0-x\r\n')).listen(socket);
    const found = await createContainers(`unix://${socket}`).addresses('web-1');
    expect(found).toMatchObject({
      failure: { kind: 'preflight', what: expect.stringContaining(`on ${socket}: `) },
    });
    other.close();
  });
});
