import { join } from 'node:path';
import { expect, test } from 'vitest';
import { programOf, whyNot } from '../support/debian-packages.ts';
import { pause } from '../support/kernel-hand-over.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';
import type { Lab } from '../support/lab/lab.ts';
import { marked, virtualAddresses } from '../support/lab/topology.ts';
import { only, parseScrape } from '../support/scrape.ts';

const nodeExporter = await programOf(
  'prometheus-node-exporter',
  'usr/bin/prometheus-node-exporter',
).catch((error: unknown) => {
  if (process.env.DRAIN_REQUIRE_KERNEL === '1') throw error;
  process.stderr.write(`left out: the comparison with node_exporter, because ${whyNot(error)}\n`);
  return undefined;
});

const { v4, v6 } = virtualAddresses;
const tables = [
  `-A -t ${v4.nat}:80 -s wrr`,
  `-a -t ${v4.nat}:80 -r 10.0.2.11:8080 -m -w 40 -x 900 -y 100`,
  `-a -t ${v4.nat}:80 -r 10.0.2.12:8081 -m -w 60`,
  `-a -t ${v4.nat}:80 -r 10.0.2.13:80 -m -w 0`,
  `-A -t ${v4.nat}:443 -s rr -p 300`,
  `-a -t ${v4.nat}:443 -r 10.0.2.14:443 -m -w 1`,
  `-A -u ${v4.nat}:53 -s rr`,
  `-a -u ${v4.nat}:53 -r 10.0.2.11:8080 -m -w 1`,
  `-a -u ${v4.nat}:53 -r 10.0.2.12:8080 -m -w 65535`,
  `-A -t [${v6.nat}]:80 -s wrr`,
  `-a -t [${v6.nat}]:80 -r [fd00:2::11]:8080 -m -w 3`,
  `-a -t [${v6.nat}]:80 -r [fd00:2::12]:8080 -m -w 1`,
  `-A -u [${v6.nat}]:53 -s rr`,
  `-a -u [${v6.nat}]:53 -r [fd00:2::11]:8080 -m -w 1`,
  `-A -f ${marked.mark} -s rr`,
  `-a -f ${marked.mark} -r 10.0.2.11 -m -w 1`,
  `-a -f ${marked.mark} -r 10.0.2.12 -m -w 2`,
  `-A -f ${marked.mark} -6 -s rr`,
  `-a -f ${marked.mark} -6 -r fd00:2::11 -m -w 5`,
  '-A -f 4026531840 -s rr',
  '-a -f 4026531840 -r 10.0.2.13 -m -w 1',
  `-A -t ${v4.route}:80 -s wlc`,
  `-a -t ${v4.route}:80 -r 10.0.2.15 -g -w 7`,
];

const nodePort = 9_100;
const servePort = 9_815;

/** What node_exporter says, then `drain serve`, then node_exporter again: the middle one cannot be older or newer than both. */
const askAll = `
const get = async (port) => (await fetch('http://127.0.0.1:' + port + '/metrics')).text();
(async () => {
  const [before, ours, after] = [await get(${nodePort}), await get(${servePort}), await get(${nodePort})];
  process.stdout.write(JSON.stringify({ before, ours, after }));
})();`;

async function scrapes(lab: Lab) {
  const { stdout, stderr } = await lab.run([process.execPath, '-e', askAll]);
  expect(stderr).toBe('');
  const { before, ours, after } = JSON.parse(stdout) as Record<'before' | 'ours' | 'after', string>;
  const ipvs = (text: string) => only(parseScrape(text), 'node_ipvs_');
  return { before: ipvs(before), ours: ipvs(ours), after: ipvs(after), all: parseScrape(ours) };
}

async function startBoth(lab: Lab, program: string): Promise<void> {
  const listen = `--web.listen-address=127.0.0.1:${nodePort}`;
  const node = await lab.spawn([
    program,
    '--collector.disable-defaults',
    '--collector.ipvs',
    listen,
  ]);
  const state = join(lab.folder, 'state');
  const drain = await lab.startDrain(['serve', '--state', state]);
  await drain.line((line) => line.includes(`127.0.0.1:${servePort}`), 30_000);
  const deadline = performance.now() + 30_000;
  while (!node.stderr.some((line) => /Listening on|TLS is disabled/.test(line))) {
    if (performance.now() > deadline) throw new Error(node.stderr.join('\n'));
    await pause(100);
  }
}

describeKernel('drain serve', (lab) => {
  test.runIf(nodeExporter)(
    "gives node_exporter's series of IPVS with the same values, for services of every kind",
    async () => {
      await lab.setTable(...tables);
      const web = { address: v4.nat, port: 80 };
      await lab.clients.hold({ ...web, kind: 'idle', count: 7 });
      await lab.clients.hold({ address: v6.nat, port: 80, kind: 'idle', count: 3 });
      for (const target of [
        { ...web, count: 11 },
        { address: v4.nat, port: 443, count: 2 },
        { address: v6.nat, port: 80, count: 5 },
        { address: marked.v4, port: 80, count: 3 },
        { address: marked.v6, port: 80, count: 2 },
        { protocol: 'udp', address: v4.nat, port: 53, count: 6 },
        { protocol: 'udp', address: v6.nat, port: 53, count: 2 },
      ] as const) {
        await lab.clients.sequence(target);
      }
      await startBoth(lab, nodeExporter ?? '');
      // No traffic any more; what the kernel adds up every 2 s, and what expires, may still move.
      let seen = await scrapes(lab);
      for (let round = 0; round < 10; round++) {
        const still =
          JSON.stringify([...seen.before.series]) === JSON.stringify([...seen.after.series]);
        const connections = seen.before.series.get('node_ipvs_connections_total{}') ?? 0;
        if (round > 1 && still && connections >= 41) break;
        await pause(600);
        seen = await scrapes(lab);
      }
      const { before, ours, after } = seen;
      expect(new Map([...after.series].sort())).toEqual(new Map([...before.series].sort()));
      expect(new Map([...ours.series].sort())).toEqual(new Map([...before.series].sort()));
      expect(ours.comments).toEqual(before.comments);
      expect(ours.series.size).toBe(5 + 3 * 14);
      const active = [...ours.series].filter(([key]) =>
        key.startsWith('node_ipvs_backend_connections_active'),
      );
      expect(active.reduce((sum, [, value]) => sum + value, 0)).toBe(10);

      const { series } = seen.all;
      const server = `server="10.0.2.11:8080",service="tcp/${v4.nat}:80"`;
      expect(series.get(`drain_server_upper_threshold_connections{${server}}`)).toBe(900);
      expect(series.get(`drain_server_lower_threshold_connections{${server}}`)).toBe(100);
      const persistent = `drain_server_persistent_connections{server="10.0.2.14:443",service="tcp/${v4.nat}:443"}`;
      expect(series.get(persistent)).toBe(1);
      expect(series.get(`drain_service_connections_total{service="tcp/${v4.nat}:80"}`)).toBe(18);
      const [, size] = /\(size=(\d+)\)/.exec((await lab.ipvsadm(['-Ln'])).stdout) ?? [];
      expect(series.get('drain_ipvs_connection_table_buckets{}')).toBe(Number(size));
      expect(series.get('drain_ipvs_defense_mode{setting="drop_entry"}')).toBe(0);
      expect(series.get('drain_host_softnet_processed_packets_total{}')).toBeGreaterThan(100);
      expect(series.get('drain_director_up{director="local"}')).toBe(1);
    },
  );

  test('without root says that the director is down, shows what anybody may read, and ends at SIGTERM', async () => {
    // A state of its own, which is not there yet: that of another test is root's.
    const drain = await lab.startDrain(['serve', '--state', '/tmp/drain-of-nobody'], {
      uid: 65_534,
    });
    await drain.line((line) => line.includes(`127.0.0.1:${servePort}`), 30_000);
    const fetchOurs = `fetch('http://127.0.0.1:${servePort}/metrics').then(async (a) => process.stdout.write(await a.text()))`;
    const { stdout } = await lab.run([process.execPath, '-e', fetchOurs]);
    const { series, names } = parseScrape(stdout);
    expect(series.get('drain_director_up{director="local"}')).toBe(0);
    expect(series.get('drain_listing_errors_total{}')).toBe(1);
    // What needs no root is there all the same.
    expect(series.get('node_ipvs_connections_total{}')).toBeGreaterThanOrEqual(0);
    expect([...names].filter((name) => /^drain_(server|service)_/.test(name))).toEqual([]);
    await drain.signal('SIGTERM');
    expect(await drain.ended).toMatchObject({ exitCode: 143 });
  });
});
