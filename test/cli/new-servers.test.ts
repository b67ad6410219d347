import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { drain, withFolder } from '../support/drain-command.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';

let built: FakeIpvsadm;
beforeAll(async () => {
  built = await buildFakeIpvsadm();
});
afterAll(() => built.remove());

/** A port of this machine at which somebody answers until `close`. */
async function listen() {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.close();
    await once(server, 'close');
  };
  return { key: `127.0.0.1:${port}`, close };
}

it('a new server without a check has to take a connection before the first step', async () => {
  const [alive, dead] = await Promise.all([listen(), listen()]);
  await dead.close();
  const rules = '-A -t 10.0.0.100:80 -s wrr\n-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100\n';
  await built.reset(rules);
  await withFolder(async (state) => {
    const env = { ...built.env, DRAIN_NO_CHECK: '0' };
    const handOver = (to: string, ...more: readonly string[]) =>
      drain(
        [
          ...['--from', '10.0.0.1:80', '--to', to, '--over', '0s', '--settle', '0s'],
          ...['--state', state, '--output', 'json', ...more],
        ],
        { env },
      );
    const before = await built.table();
    const refused = await handOver(dead.key);
    expect(refused.exitCode).toBe(5);
    expect(refused.stderr).toContain(`check tcp ${dead.key} failed: `);
    expect(refused.stderr).toContain('--no-check');
    expect(refused.events().map(({ type }) => type)).toEqual([
      'planned',
      'gate-failed',
      'finished',
    ]);
    expect(refused.events().at(-1)).toMatchObject({ outcome: 'refused', exitCode: 5 });
    expect(await built.table()).toBe(before);
    expect(await readdir(state)).not.toContainEqual(expect.stringMatching(/jsonl$/));
    const done = await handOver(alive.key);
    expect(done.exitCode).toBe(0);
    expect(done.events()).toContainEqual(
      expect.objectContaining({ type: 'gate-passed', gate: `check tcp ${alive.key}`, step: 0 }),
    );
    await built.reset(rules);
    expect((await handOver(dead.key, '--no-check')).exitCode).toBe(0);
  });
  await alive.close();
});
