import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseEvents } from '../support/drain-command.ts';
import { pause } from '../support/kernel-hand-over.ts';
import { repository } from '../support/lab/boot.ts';
import { tally } from '../support/lab/clients.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';
import { controlPort, virtualAddresses } from '../support/lab/topology.ts';

const web = { address: virtualAddresses.v4.nat, port: 80 };
const addresses = ['10.0.2.11', '10.0.2.12', '10.0.2.13', '10.0.2.14'];
const rules = [
  `-A -t ${web.address}:80 -s wrr`,
  ...addresses.map(
    (address, index) => `-a -t ${web.address}:80 -r ${address}:8080 -m -w ${index + 4}`,
  ),
];
const downMs = 500;

describeKernel('around four servers in batches of two, under traffic', (lab) => {
  const state = ['--state', join(lab.folder, 'around')];
  const brokenFile = join(lab.folder, 'broken-servers');
  const config = join(lab.folder, 'around.yaml');
  const options = [
    ...['--batch', '2', '--settle', '500ms', '--over', '1s', '--every', '500ms'],
    ...['--output', 'json', '--config', config, '--check-timeout', '20s'],
  ];
  const restart = [
    ...[process.execPath, join(repository, 'test/support/lab/guest/restart.mjs')],
    ...['{address}', String(controlPort), String(downMs), brokenFile],
  ];
  const start = async () => {
    // A server of a busy machine may take seconds to answer, and is well all the same.
    await lab.writeFile(
      config,
      'defaults: {check: {url: "http://{address}:{port}/", timeout: 10s}}\n',
    );
    await lab.setTable(...rules);
    const [before, restarts] = [await lab.table(), await restartsSoFar()];
    const load = await lab.clients.load({ ...web, perSecond: 12 });
    await pause(1_000);
    return { before, restarts, load };
  };
  const restartsSoFar = () =>
    Promise.all(lab.servers.slice(0, 4).map(async (server) => (await server.stats()).restarts));
  const around = () =>
    lab.drain(['around', ...addresses, ...options, ...state, '--', ...restart], {
      timeoutMs: 150_000,
    });

  test('restarts the HTTP server of each, and not one request fails', async () => {
    const { before, restarts, load } = await start();
    const run = await around();
    expect(run.exitCode, run.stderr).toBe(0);
    await pause(500);
    const exchanges = await load.stop();
    expect(Object.keys(tally(exchanges)).sort()).toEqual(['rs1', 'rs2', 'rs3', 'rs4']);
    expect(exchanges.length).toBeGreaterThan(60);
    expect(await restartsSoFar()).toEqual(restarts.map((count) => count + 1));
    expect(await lab.table()).toEqual(before);
    // Where somebody asked in that time, a server was down.
    const events = parseEvents(run.stdout) as readonly { readonly type: string }[];
    const ended = events.filter(({ type }) => type === 'command-ended');
    expect(ended).toHaveLength(4);
    expect(ended.every((event) => 'afterMs' in event && Number(event.afterMs) >= downMs)).toBe(
      true,
    );
  }, 180_000);

  test('stops where the command fails for the third, goes on when it is mended, and no request fails', async () => {
    const { before, restarts, load } = await start();
    await lab.writeFile(brokenFile, `${addresses[2]}\n`);
    const stopped = await around();
    expect(stopped.exitCode, stopped.stderr).toBe(5);
    expect(stopped.stderr).toContain('10.0.2.13 does not start again');
    const firstOut = before.map((rule) => rule.replace(/(-r 10\.0\.2\.1[34]:.*-w) \d+/, '$1 0'));
    expect(await lab.table()).toEqual(firstOut);
    const [, id = ''] = /drain resume (\S+)/.exec(stopped.stderr) ?? [];
    expect((await lab.drain(['status', ...state])).stdout).toContain(`${id}  held`);

    await lab.writeFile(brokenFile, '');
    const resumed = await lab.drain(['resume', id, '--output', 'json', ...state], {
      timeoutMs: 150_000,
    });
    expect(resumed.exitCode, resumed.stderr).toBe(0);
    await pause(500);
    const exchanges = await load.stop();
    expect(Object.keys(tally(exchanges)).sort()).toEqual(['rs1', 'rs2', 'rs3', 'rs4']);
    // Nobody was restarted twice: the first batch and the fourth server were done.
    expect(await restartsSoFar()).toEqual(restarts.map((count) => count + 1));
    expect(await lab.table()).toEqual(before);
  }, 240_000);
});
