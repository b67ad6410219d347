import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DrainEvent } from '../../src/domain/events/event.ts';
import { parseEvents } from '../support/drain-command.ts';
import { until } from '../support/eventually.ts';
import { rateSeen } from '../support/kernel-hand-over.ts';
import { tally } from '../support/lab/clients.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';
import type { Lab } from '../support/lab/lab.ts';
import { virtualAddresses } from '../support/lab/topology.ts';
import { selfSigned } from '../support/self-signed.ts';

const nat = { address: virtualAddresses.v4.nat, port: 80 };
const service = `-t ${nat.address}:${nat.port}`;
const rules = [
  `-A ${service} -s wrr`,
  `-a ${service} -r 10.0.2.11:8080 -m -w 100`,
  `-a ${service} -r 10.0.2.13:8080 -m -w 100`,
];
const token = 'a-token-of-the-deploy-job';

/** A request from another machine, over TLS; prints the status and the body. */
const ask = `
const [method, path, body] = process.argv.slice(1);
const ca = require('node:fs').readFileSync(process.env.CA);
const headers = { Authorization: 'Bearer ${token}', 'Content-Type': 'application/json' };
const to = { host: '10.0.1.1', port: 9815, servername: 'lb1.example', ca, method, path, headers };
const request = require('node:https').request(to, (response) => {
  process.stdout.write(response.statusCode + '\\n');
  response.pipe(process.stdout);
});
request.on('error', () => process.exit(1));
request.end(body);`;

async function startServer(lab: Lab, folder: string) {
  const { cert, key } = await selfSigned('lb1.example');
  await mkdir(folder, { recursive: true });
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const sha256 = createHash('sha256').update(token).digest('hex');
  const args = [
    ...['serve', '--control', '--listen', '0.0.0.0:9815', '--state', join(folder, 'state')],
    ...[
      '--tokens',
      await file('tokens', JSON.stringify({ tokens: [{ name: 'job', sha256, role: 'start' }] })),
    ],
    ...['--tls-cert', await file('cert', cert), '--tls-key', await file('key', key)],
  ];
  const start = async () => {
    const server = await lab.startDrain(args);
    await server.line((line) => line.includes('https://'), 30_000);
    return server;
  };
  const request = async (method: string, path: string, body: object = {}) => {
    const words = [method, path, method === 'POST' ? JSON.stringify(body) : ''];
    const { stdout } = await lab.run([process.execPath, '-e', ask, ...words], {
      namespace: 'client',
      env: { CA: join(folder, 'cert') },
      timeoutMs: 120_000,
    });
    const [status, ...lines] = stdout.split('\n');
    return { status: Number(status), text: lines.join('\n') };
  };
  return { start, request };
}

describeKernel('a hand-over that another machine asks for over TLS', (lab) => {
  test('loses its server in mid-ramp, is gone on with, and is rolled back: no request fails', async () => {
    const { start, request } = await startServer(lab, join(lab.folder, 'control'));
    await lab.setTable(...rules);
    const before = await lab.table();
    const first = await start();
    const load = await lab.clients.load({ ...nat, perSecond: 20 });
    await rateSeen(lab, '10.0.2.11:8080', 5);
    const plan = { from: '10.0.2.11', to: '10.0.2.12', over: '12s', every: '2s', settle: '500ms' };
    const started = await request('POST', '/v1/rollouts', plan);
    expect(started.status, started.text).toBe(202);
    const { rollout } = JSON.parse(started.text);
    const events = async (query: string): Promise<readonly DrainEvent[]> =>
      parseEvents((await request('GET', `/v1/rollouts/${rollout}/events?${query}`)).text);
    await until(async () =>
      (await events('follow=false')).some((one) => one.type === 'step-applied' && one.step >= 2),
    );
    await first.signal('SIGKILL');
    await first.ended;
    const second = await start();
    const heard = await until(async () => {
      const all = await events('');
      return all.at(-1)?.type === 'finished' && all;
    });
    expect(heard.at(-1)).toMatchObject({ outcome: 'done', exitCode: 0 });
    expect(await lab.table()).toEqual(before.map((rule) => rule.replace('10.0.2.11', '10.0.2.12')));

    const back = await request('POST', `/v1/rollouts/${rollout}/rollback`);
    expect(back.status, back.text).toBe(202);
    expect((await events(`from=${heard.length}`)).at(-1)).toMatchObject({ outcome: 'rolled-back' });
    expect((await lab.table()).toSorted()).toEqual(before.toSorted());

    const failed = Object.keys(tally(await load.stop())).filter((name) => name.startsWith('!'));
    expect(failed).toEqual([]);
    await second.signal('SIGTERM');
    expect(await second.ended).toMatchObject({ exitCode: 143 });
  }, 240_000);
});
