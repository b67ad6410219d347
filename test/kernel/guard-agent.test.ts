import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeKernel } from '../support/lab/describe-kernel.ts';
import { virtualAddresses } from '../support/lab/topology.ts';

const nat = { address: virtualAddresses.v4.nat, port: 80 };
const service = `-t ${nat.address}:80`;
const servers = [1, 2, 3].map((n) => `10.0.2.1${n}:8080`);
const [first = ''] = servers;

describeKernel('agents of drain guard', (lab) => {
  test('a weight follows what an agent of a server says under traffic, and no client fails', async () => {
    const folder = join(lab.folder, 'guard-agent');
    const [file, says] = [join(folder, 'guard.yaml'), join(folder, 'says')];
    await lab.run(['mkdir', '-p', folder]);
    const say = (line: string) => lab.writeFile(says, `${line}\n`);
    await say('100%');
    await lab.writeFile(
      file,
      `poll: 1s
services:
  - service: tcp/${nat.address}:80
    check: http://{address}:{port}/healthz
    agent: { port: 9999, send: "web\\n", interval: 300ms, timeout: 300ms }
    interval: 300ms
    timeout: 300ms
    rampUp: 2s
`,
    );
    await lab.setTable(
      `-A ${service} -s wrr`,
      ...servers.map((server) => `-a ${service} -r ${server} -m -w 100`),
    );
    const before = await lab.table();
    const script = `require('node:net').createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', () => socket.end(require('node:fs').readFileSync('${says}')));
    }).listen(9999, () => console.log('ready'))`;
    const agent = await lab.spawn([process.execPath, '-e', script], { namespace: 'rs1' });
    await agent.line((line) => line === 'ready');
    const state = ['--state', join(folder, 'state')];
    const run = await lab.startDrain(['guard', file, '--output', 'json', ...state]);
    await run.line((line) => line.includes('guard-started'), 30_000);
    const setTo = (to: number) =>
      run.line((line) => line.includes('"weight-set"') && line.includes(`"to":${to},`), 20_000);
    const tableWith = (weight: number) =>
      before.map((rule) => (rule.includes(first) ? rule.replace('-w 100', `-w ${weight}`) : rule));
    const load = await lab.clients.load({ ...nat, perSecond: 20 });

    await say('40%');
    await setTo(40);
    expect(await lab.table()).toEqual(tableWith(40));
    await say('drain');
    await setTo(0);
    expect(await lab.table()).toEqual(tableWith(0));
    await say('ready 100%');
    await setTo(100);
    expect(await lab.table()).toEqual(before);

    await say('60%');
    await setTo(60);
    await agent.kill();
    await run.line((line) => line.includes('"agent-silent"') && line.includes(first), 20_000);
    expect(await lab.table()).toEqual(tableWith(60));
    const exchanges = await load.stop();
    expect(exchanges.filter(({ error }) => error !== undefined)).toEqual([]);
    await run.signal('SIGTERM');
    expect(await run.ended).toMatchObject({ exitCode: 143 });
  }, 90_000);
});
