import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { count, tally } from '../support/lab/clients.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';
import { kitTools, type Provision } from '../support/lab/provision.ts';
import { clientAddresses, marked, realServers, virtualAddresses } from '../support/lab/topology.ts';

function kitOf(provided: Provision) {
  if (provided.kind === 'unavailable') throw new Error(provided.reason);
  return provided.kit;
}

const hostPort = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/** A service with rs1, rs2 and rs3 at weight 1: `service('-t 10.0.1.100:80', 'v4', 8080, '-m')`. */
const service = (name: string, family: 'v4' | 'v6', port: number, method: string): string[] => [
  `-A ${name} -s wrr`,
  ...realServers
    .slice(0, 3)
    .map((server) => `-a ${name} -r ${hostPort(server[family], port)} ${method} -w 1`),
];

const evenly = { rs1: 3, rs2: 3, rs3: 3 };

describeKernel('the lab', (lab) => {
  test('brings every tool that it calls, and all that these are linked with but the C library', async () => {
    const { root } = kitOf(inject('kernel'));
    const ofTheHost = /^(lib(c|m|dl|rt|pthread|resolv|crypt)|ld-linux-x86-64|linux-vdso)\.so/;
    const tools = Object.values(kitTools).flat();
    const compared = tools.map((file) => `cmp /${file} ${join(root, file)} && ldd /${file}`);
    const { exitCode, stdout, stderr } = await lab.run(['sh', '-e'], {
      stdin: compared.join('\n'),
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const [, name = '', at = ''] of stdout.matchAll(/^\s*(\S+) => (not found|\S+)/gm)) {
      const isInKit = existsSync(join(root, at.replace(/^\/lib/, '/usr/lib')));
      expect(isInKit || ofTheHost.test(name), `${name} => ${at}`).toBe(true);
    }
  });

  test('runs Linux with ip_vs and every scheduler', async () => {
    expect(lab.kernel.release).toMatch(/^\d+\.\d+/);
    expect((await lab.ipvsadm(['-Ln'])).stdout).toMatch(/^IP Virtual Server version 1\.2\.1/);
    const names = 'rr wrr lc wlc fo ovf lblc lblcr dh sh mh sed nq'.split(' ');
    const rules = names.map((name, index) => `-A -t 10.0.1.100:${1000 + index} -s ${name}`);
    await lab.setTable(...rules);
    expect(await lab.table()).toHaveLength(names.length);
  });

  const methods = [
    ['masquerading', 'nat', '-m', 8080],
    ['direct routing', 'route', '-g', 80],
    ['ipip tunnelling', 'tunnel', '-i', 80],
  ] as const;
  for (const [title, key, option, port] of methods) {
    for (const family of ['v4', 'v6'] as const) {
      test(`${title} over IP${family} reaches every real server, with TCP and UDP`, async () => {
        const address = virtualAddresses[family][key];
        const udpPort = option === '-m' ? 8080 : 53;
        await lab.setTable(
          ...service(`-t ${hostPort(address, 80)}`, family, port, option),
          ...service(`-u ${hostPort(address, 53)}`, family, udpPort, option),
        );
        const tcp = await lab.clients.sequence({ address, port: 80, count: 9 });
        const udp = await lab.clients.sequence({ protocol: 'udp', address, port: 53, count: 9 });
        expect([count(tcp), count(udp)]).toEqual([evenly, evenly]);
      });
    }
  }

  test('a firewall mark stands for every port of its address', async () => {
    await lab.setTable(
      ...service(`-f ${marked.mark}`, 'v4', 0, '-m'),
      ...service(`-f ${marked.mark} -6`, 'v6', 0, '-m'),
    );
    for (const address of [marked.v4, marked.v6]) {
      for (const port of [80, 8080]) {
        const answers = await lab.clients.sequence({ address, port, count: 9 });
        expect(count(answers)).toEqual(evenly);
      }
    }
  });

  test('a server at weight 0 gets no new connections, and the one it has goes on', async () => {
    const address = virtualAddresses.v4.nat;
    const name = `-t ${address}:80`;
    await lab.setTable(...service(name, 'v4', 80, '-m'));
    const held = await lab.clients.hold({ kind: 'keep-alive', address, port: 80, count: 3 });
    expect(held.map(({ server }) => server).sort()).toEqual(['rs1', 'rs2', 'rs3']);
    await lab.ipvsadm(['-R'], `-e ${name} -r 10.0.2.11:80 -m -w 0\n`);
    const answers = await lab.clients.sequence({ address, port: 80, count: 10 });
    expect(count(answers)).toEqual({ rs2: 5, rs3: 5 });
    expect((await lab.clients.held()).map(({ state }) => state)).toEqual(['open', 'open', 'open']);
  });

  test('100 connections a second start on time and are all answered', async () => {
    const address = virtualAddresses.v4.nat;
    await lab.setTable(...service(`-t ${address}:80`, 'v4', 80, '-m'));
    const load = await lab.clients.load({ address, port: 80, perSecond: 100, seconds: 3 });
    const exchanges = await load.finished();
    expect(tally(exchanges)).toEqual({ rs1: 100, rs2: 100, rs3: 100 });
    const { connections } = (await lab.servers[0]?.stats()) ?? {};
    expect(connections).toBeGreaterThanOrEqual(100);
  });

  test('a half-closed stream counts as inactive while the server still sends', async () => {
    const address = virtualAddresses.v4.nat;
    const name = `-t ${address}:80`;
    await lab.setTable(`-A ${name} -s wrr`, `-a ${name} -r 10.0.2.11:80 -m -w 1`);
    await lab.clients.hold({ kind: 'half-closed', address, port: 80, seconds: 30 });
    const { stdout } = await lab.ipvsadm(['-Ln', '-t', `${address}:80`]);
    expect(stdout).toMatch(/10\.0\.2\.11:80 +Masq +1 +0 +1 /);
    expect(await lab.readFile('/proc/net/ip_vs_conn')).toContain('CLOSE_WAIT');
  });

  test('servers can fail, hang and reset, and clients can come from many addresses', async () => {
    const address = virtualAddresses.v4.nat;
    await lab.setTable(...service(`-t ${address}:80`, 'v4', 80, '-m'));
    await lab.servers[0]?.behave('error', { path: '/healthz' });
    await lab.servers[1]?.behave('hang');
    await lab.servers[2]?.behave('reset', { port: 80 });
    const ask = (path: string) =>
      lab.clients.sequence({
        address,
        port: 80,
        path,
        count: 3,
        timeoutMs: 2_000,
        sources: clientAddresses.v4,
      });
    expect(count(await ask('/healthz'))).toEqual({ '!500': 1, '!timeout': 1, '!ECONNRESET': 1 });
    expect(count(await ask('/'))).toEqual({ rs1: 1, '!timeout': 1, '!ECONNRESET': 1 });
    const entries = await lab.readFile('/proc/net/ip_vs_conn');
    // 10.0.1.2, 10.0.1.3, 10.0.1.4
    for (const source of ['0A000102', '0A000103', '0A000104']) expect(entries).toContain(source);
  });

  test('settings come back with the next reset', async () => {
    const key = 'net.ipv4.vs.expire_nodest_conn';
    await lab.sysctl('director', key, 1);
    expect((await lab.run(['sysctl', '-n', key])).stdout).toBe('1\n');
    await lab.reset();
    expect((await lab.run(['sysctl', '-n', key])).stdout).toBe('0\n');
  });

  test('a process in the background can be listened to, written to and interrupted', async () => {
    const cat = await lab.spawn(['cat']);
    await cat.write('one\n');
    await cat.line((line) => line === 'one');
    await cat.signal('SIGINT');
    expect(await cat.ended).toMatchObject({ exitCode: null, signal: 'SIGINT' });
  });

  test('half a megabyte goes through the command channel unharmed', async () => {
    const text = Array.from({ length: 20_000 }, (_, index) => `line ${index}: größer €\n`).join('');
    const { stdout } = await lab.run(['cat'], { stdin: text });
    expect(stdout).toBe(text);
  });

  test('a command past its time limit is killed with its children', async () => {
    const finished = await lab.run(['sh', '-c', 'sleep 60; true'], { timeoutMs: 200 });
    expect(finished).toMatchObject({ timedOut: true, signal: 'SIGKILL' });
  });

  test('only the shared folder can be written on the host', async () => {
    const { stderr } = await lab.run(['touch', '/usr/lab', '/etc/lab', '/root/lab', '/lab']);
    expect(stderr.match(/Read-only file system/g)).toHaveLength(4);
    await lab.writeFile(`${lab.folder}/note`, 'x');
  });
});
