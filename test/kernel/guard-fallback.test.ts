import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseEvents } from '../support/drain-command.ts';
import { tally } from '../support/lab/clients.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';
import { virtualAddresses } from '../support/lab/topology.ts';

const nat = { address: virtualAddresses.v4.nat, port: 80 };
const service = `-t ${nat.address}:80`;
const own = ['10.0.2.11:9000', '10.0.2.12:9000'];
const fallback = '10.0.2.14:8080';
const serverScript = (name: string) =>
  `require('node:http').createServer((_, answer) => answer.end('${name}\\n'))
  .listen(9000, () => console.log('ready'))`;

describeKernel('a fallback of drain guard', (lab) => {
  test('serves every client while all servers are killed, over a restart of the guard, and leaves when it is empty', async () => {
    const folder = join(lab.folder, 'guard-fallback');
    const [file, state] = [join(folder, 'guard.yaml'), join(folder, 'state')];
    await lab.run(['mkdir', '-p', folder]);
    await lab.writeFile(
      file,
      `poll: 1s
services:
  - service: tcp/${nat.address}:80
    check: http://{address}:{port}/
    fallback: ${fallback}
    interval: 300ms
    timeout: 300ms
    rampUp: 1s
`,
    );
    await lab.setTable(
      `-A ${service} -s wrr`,
      ...own.map((server) => `-a ${service} -r ${server} -m -w 50`),
    );
    const before = await lab.table();
    const start = async () => {
      const run = await lab.startDrain(['guard', file, '--output', 'json', '--state', state]);
      await run.line((line) => line.includes('guard-started'), 30_000);
      return run;
    };
    const startServers = async () => {
      const runs = await Promise.all(
        ['rs1', 'rs2'].map((namespace) =>
          lab.spawn([process.execPath, '-e', serverScript(namespace)], { namespace }),
        ),
      );
      await Promise.all(runs.map((run) => run.line((line) => line === 'ready')));
      return runs;
    };
    const said = (run: Awaited<ReturnType<typeof start>>, type: string) =>
      run.line((line) => line.includes(`"type":"${type}"`), 30_000);
    const atOf = (line: string) => Date.parse(String(parseEvents(line)[0]?.at));

    const servers = await startServers();
    const first = await start();
    const load = await lab.clients.load({ ...nat, perSecond: 12 });
    await Promise.all(servers.map((server) => server.kill()));
    const cameMs = atOf(await said(first, 'fallback-in'));
    expect([...(await lab.table())].sort()).toEqual(
      [
        `-A ${service} -s wrr`,
        ...own.map((server) => `-a ${service} -r ${server} -m -w 0`),
        `-a ${service} -r ${fallback} -m -w 100`,
      ].sort(),
    );
    const held = await lab.clients.hold({ ...nat, count: 3, kind: 'idle' });
    await first.signal('SIGKILL');
    await first.ended;
    const listed = await lab.drain(['list', '--state', state]);
    expect(listed.stdout).toMatch(/10\.0\.2\.14:8080 .*fallback for .*: stands in/);

    const second = await start();
    await startServers();
    const leaves = await said(second, 'fallback-leaving');
    expect(Number(JSON.parse(leaves).connections)).toBeGreaterThanOrEqual(3);
    await second.line((line) => line.includes('"to":50,') && line.includes(String(own[0])), 30_000);
    await second.line((line) => line.includes('"to":50,') && line.includes(String(own[1])), 30_000);
    const status = await lab.drain(['status', '--state', state]);
    expect(status.stdout).toMatch(
      /fallback: 10\.0\.2\.14:8080 in .*: leaves as its connections end/,
    );
    expect((await lab.table()).join('\n')).toContain(`${fallback} -m -w 0`);
    await lab.clients.release(held);
    await said(second, 'fallback-removed');
    expect([...(await lab.table())].sort()).toEqual([...before].sort());

    const after = (await load.stop()).filter(({ atMs }) => atMs > cameMs);
    expect(Object.keys(tally(after)).sort()).toEqual(['rs1', 'rs2', 'rs4']);
    await second.signal('SIGTERM');
    expect(await second.ended).toMatchObject({ exitCode: 143 });
  }, 120_000);
});
