import { describe, expect, it } from 'vitest';
import type { ServiceAddress, ServiceKey } from '../../../src/domain/address.ts';
import { createMetrics } from '../../../src/serve/metrics/all-metrics.ts';
import { createExposition } from '../../../src/serve/metrics/exposition.ts';
import { nodeLabels } from '../../../src/serve/metrics/node-labels.ts';
import type { View } from '../../../src/serve/view/view.ts';
import { parseScrape } from '../../support/scrape.ts';
import {
  directorView,
  fullView,
  measuredServer,
  measuredService,
  rolloutView,
  viewOf,
  viewOfAll,
} from '../../support/views.ts';

const build = { version: '0.1.0', node: '20.19.0' };
const scrapeOf = async (view: View) =>
  parseScrape(await createExposition().write(createMetrics(build)(view)));

describe("node_exporter's labels", () => {
  const tcp: ServiceAddress = { kind: 'address', protocol: 'tcp', address: '10.0.0.100', port: 80 };
  const server = { address: '10.0.0.1', port: 8080 };

  it('are those of an address, of IPv4 and IPv6', () => {
    expect(nodeLabels(tcp, server)).toEqual({
      local_address: '10.0.0.100',
      local_port: '80',
      local_mark: '',
      proto: 'TCP',
      remote_address: '10.0.0.1',
      remote_port: '8080',
    });
    const v6 = { ...tcp, protocol: 'udp', address: '2001:db8::100' } as const;
    expect(nodeLabels(v6, { address: 'fd00::1', port: 53 })).toMatchObject({
      local_address: '2001:db8::100',
      proto: 'UDP',
      remote_address: 'fd00::1',
    });
  });

  it('have a mark in eight hexadecimal digits and no local address', () => {
    const of = (mark: number) => nodeLabels({ kind: 'fwmark', mark, family: 4 }, server);
    expect(of(7)).toMatchObject({ local_address: '', local_port: '0', proto: 'FWM' });
    expect([of(7), of(4_026_531_840)].map(({ local_mark }) => local_mark)).toEqual([
      '00000007',
      'F0000000',
    ]);
  });

  it('write mapped and compatible addresses as Go does', () => {
    const of = (address: string) => nodeLabels(tcp, { address, port: 1 }).remote_address;
    expect(of('::ffff:10.0.0.1')).toBe('10.0.0.1');
    expect(of('::10.0.0.1')).toBe('::a00:1');
    expect(of('::1')).toBe('::1');
  });
});

describe('a scrape', () => {
  it('has a service and its servers, with thresholds only where there are some', async () => {
    const { series } = await scrapeOf(viewOf());
    const first = 'server="10.0.0.1:80",service="tcp/10.0.0.100:80"';
    expect(series.get(`drain_server_connections_total{${first}}`)).toBe(14);
    expect(series.get(`drain_server_outgoing_bytes_per_second{${first}}`)).toBe(172);
    expect(series.get(`drain_server_upper_threshold_connections{${first}}`)).toBe(100);
    expect(series.get('drain_service_weighted_servers{service="tcp/10.0.0.100:80"}')).toBe(1);
    expect(series.get('drain_ipvs_connection_table_entries{}')).toBe(12);
    const estimate = 'drain_ipvs_connection_table_bytes{part="entries",source="estimate"}';
    expect(series.get(estimate)).toBe(12 * 288);
    const named = (name: string) => [...series.keys()].filter((key) => key.startsWith(name));
    expect(named('drain_server_upper_threshold_connections')).toHaveLength(1);
    expect(named('drain_server_lower_threshold_connections')).toEqual([]);
    expect(named('drain_server_persistent_connections')).toEqual([]);
    expect(named('node_ipvs_backend_weight')).toHaveLength(2);
  });

  it('adds up, as node_exporter does, what both families of a mark send to one server', async () => {
    const marked = (family: 4 | 6) =>
      measuredService([measuredServer('fd00::1', { weight: 3, activeConn: 2 })], {
        key: `fwm${family === 6 ? '6' : ''}/7` as ServiceKey,
        address: { kind: 'fwmark', mark: 7, family },
      });
    const services = [marked(4), marked(6)];
    const table = { ipvsVersion: '1.2.1', connectionTableSize: 4_096, services };
    const { series } = await scrapeOf(viewOf({ table: { kind: 'up', listedMs: 1, table } }));
    const labels =
      'local_address="",local_mark="00000007",local_port="0",proto="FWM",remote_address="fd00::1",remote_port="80"';
    expect(series.get(`node_ipvs_backend_weight{${labels}}`)).toBe(6);
    expect(series.get(`node_ipvs_backend_connections_active{${labels}}`)).toBe(4);
  });

  it('has as many series for each real server as it must, and not one more', async () => {
    const table = (count: number) => ({
      ipvsVersion: '1.2.1',
      connectionTableSize: 4_096,
      services: [
        measuredService(
          Array.from({ length: count }, (_, index) =>
            measuredServer('10.0.0.1', { port: index + 1, upperThreshold: 9, lowerThreshold: 1 }),
          ),
          { persistence: { timeoutS: 300 } },
        ),
      ],
    });
    const sizeOf = async (count: number) =>
      (await scrapeOf(viewOf({ table: { kind: 'up', listedMs: 1, table: table(count) } }))).series
        .size;
    // node_exporter's 3, totals 5, rates 5, info, templates, and the two thresholds.
    expect((await sizeOf(101)) - (await sizeOf(1))).toBe(100 * 17);
  });

  it('has a rollout in every state with its seconds apart, and texts from outside in quotes', async () => {
    const { series } = await scrapeOf(viewOf({ rollouts: [rolloutView()] }));
    const of = (name: string, label = '') => {
      const labels = [label, 'rollout="20260101-000000-abcd"'].filter((one) => one !== '').sort();
      return series.get(`drain_rollout_${name}{${labels.join(',')}}`);
    };
    expect(of('moved_ratio')).toBe(0.25);
    expect(of('state', 'state="running"')).toBe(1);
    expect(of('state', 'state="held"')).toBe(0);
    expect(of('phase', 'phase="ramping"')).toBe(1);
    expect(of('spent_seconds', 'activity="ramp"')).toBe(50);
    expect(of('spent_seconds', 'activity="pause"')).toBe(10);
    expect(of('spent_seconds', 'activity="drain"')).toBe(0);
    expect(of('gates_total', 'verdict="failed"')).toBe(1);
    expect(of('gate_passed', 'gate="gate-http \\"http://x/\\""')).toBe(1);
    expect(of('end_timestamp_seconds')).toBeUndefined();
  });

  it('of a director that is down has no services, and says so', async () => {
    const down = { kind: 'down', failure: { kind: 'director', what: 'it hangs' } } as const;
    const { series, names } = await scrapeOf(viewOf({ table: down }));
    expect(series.get('drain_director_up{director="local"}')).toBe(0);
    expect(series.get('drain_up{}')).toBe(1);
    expect([...names].filter((name) => /service|server_|^node_/.test(name))).toEqual([]);
  });

  it('of several directors has every series of a table or machine with its director', async () => {
    const down = { kind: 'down', failure: { kind: 'director', what: 'it hangs' } } as const;
    const { directors: [one] = [], rollouts } = fullView();
    const several = ['lb1', 'lb2'].map((director) => ({ ...directorView(one), director }));
    const view = viewOfAll([...several, directorView({ director: 'lb3', table: down })], {
      rollouts: rollouts.map((rollout) => ({
        ...rollout,
        services: ['lb1', 'lb2'].flatMap((director) =>
          rollout.services.map((service) => ({ ...service, director })),
        ),
      })),
    });
    const text = await createExposition().write(createMetrics(build)(view));
    const { series } = parseScrape(text);
    const written = text.split('\n').filter((line) => /^(drain|node)_/.test(line));
    expect(written).toHaveLength(
      [...series.keys()].filter((key) => /^(drain|node)_/.test(key)).length,
    );
    const withoutOne = [...series.keys()].filter(
      (key) => /^(drain|node)_/.test(key) && !key.includes('director="'),
    );
    expect(new Set(withoutOne.map((key) => key.replace(/\{.*/, '')))).toEqual(
      new Set([
        ...['drain_up', 'drain_build_info', 'drain_store_up', 'drain_store_errors_total'],
        'drain_scrape_duration_seconds',
        ...[...series.keys()]
          .filter((key) => /^drain_rollout_(?!server_info)/.test(key))
          .map((key) => key.replace(/\{.*/, '')),
      ]),
    );
    const up = ['lb1', 'lb2', 'lb3'].map((name) =>
      series.get(`drain_director_up{director="${name}"}`),
    );
    expect(up).toEqual([1, 1, 0]);
    const named = (name: string) => [...series.keys()].filter((key) => key.startsWith(`${name}{`));
    for (const name of ['node_ipvs_backend_weight', 'drain_server_info', 'drain_service_info']) {
      expect(named(name), name).toHaveLength(2);
    }
    expect(named('drain_rollout_server_info')).toHaveLength(2);
    expect(named('drain_listings_total')).toHaveLength(3);
  });

  it('of one director has a rollout over several once, as far as labels can tell', async () => {
    const [service] = rolloutView().services;
    const services = ['local', 'lb2'].flatMap((director) =>
      service ? [{ ...service, director }] : [],
    );
    const text = await createExposition().write(
      createMetrics(build)(viewOf({ rollouts: [rolloutView({ services })] })),
    );
    expect(text.match(/^drain_rollout_server_info\{.*/gm)).toEqual([
      expect.not.stringContaining('director'),
    ]);
  });

  it('follows a table from one to the next: new labels, changed ones, none of what has gone', async () => {
    const metrics = createMetrics(build);
    const up = (...servers: Parameters<typeof measuredService>[0]) =>
      viewOf({
        table: {
          kind: 'up',
          listedMs: 1,
          table: {
            ipvsVersion: '1.2.1',
            connectionTableSize: 4_096,
            services: [measuredService(servers)],
          },
        },
      });
    const infos = async (view: View) => {
      const { series } = parseScrape(await createExposition().write(metrics(view)));
      return [...series.keys()]
        .filter((key) => key.startsWith('drain_server_info'))
        .map((key) => /forwarding="(\w+)".*remote_address="([^"]+)"/.exec(key)?.slice(1).join(' '));
    };
    const [a, b] = [measuredServer('10.0.0.1'), measuredServer('10.0.0.2')];
    expect(await infos(up(a))).toEqual(['masq 10.0.0.1']);
    expect(await infos(up(a, b))).toEqual(['masq 10.0.0.1', 'masq 10.0.0.2']);
    expect(await infos(up({ ...b, forwarding: 'route' }))).toEqual(['route 10.0.0.2']);
  });
});
