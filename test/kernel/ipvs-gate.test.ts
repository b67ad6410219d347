import { expect, test } from 'vitest';
import type { DrainEvent } from '../../src/domain/events/event.ts';
import { parseEvents } from '../support/drain-command.ts';
import { pause } from '../support/kernel-hand-over.ts';
import type { Exchange, Target } from '../support/lab/clients.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';
import type { Lab } from '../support/lab/lab.ts';
import { virtualAddresses } from '../support/lab/topology.ts';

const { nat, route } = virtualAddresses.v4;

interface Case {
  readonly method: '-m' | '-g' | '-i';
  readonly target: Target;
  readonly from: string;
  readonly to: string;
  /** In the table from the beginning, with weight 0, so that going back does not wait for it to be empty. */
  readonly listed?: boolean;
}

interface Told {
  readonly events: readonly DrainEvent[];
  readonly exitCode: number | null;
  readonly stderr: string;
  readonly exchanges: readonly Exchange[];
}

const option = ({ protocol = 'tcp', address, port }: Target): string =>
  `-${protocol === 'udp' ? 'u' : 't'} ${address}:${port}`;

const rulesOf = ({ method, target, from, to, listed }: Case): readonly string[] => [
  `-A ${option(target)} -s wrr`,
  `-a ${option(target)} -r ${from} ${method} -w 100`,
  ...(listed ? [`-a ${option(target)} -r ${to} ${method} -w 0`] : []),
];

/** Every case is a rollout of its own; they run side by side. */
async function play(
  lab: Lab,
  cases: readonly Case[],
  { perSecond, ramp }: { readonly perSecond: number; readonly ramp: readonly string[] },
): Promise<readonly Told[]> {
  await lab.setTable('--set 900 3 3', ...cases.flatMap(rulesOf));
  const before = await lab.table();
  const loads = await Promise.all(
    cases.map(({ target }) => lab.clients.load({ ...target, perSecond })),
  );
  await pause(1_000);
  const told = await Promise.all(
    cases.map(async ({ target, from, to }, index) => {
      const { protocol = 'tcp', address, port } = target;
      const run = await lab.drain(
        [
          ...['--from', from, '--to', to, '--service', `${protocol}/${address}:${port}`],
          ...[...ramp, '--settle', '1s', '--output', 'json'],
        ],
        { timeoutMs: 120_000 },
      );
      const exchanges = (await loads[index]?.stop()) ?? [];
      return { events: parseEvents(run.stdout), ...run, exchanges };
    }),
  );
  const rolledBack = told.every(({ exitCode }) => exitCode === 5);
  if (rolledBack) expect([...(await lab.table())].sort()).toEqual([...before].sort());
  return told;
}

const failedOf = ({ events }: Told) => events.filter(({ type }) => type === 'gate-failed');

describeKernel('IPVS as a gate', (lab) => {
  test('goes back from new servers that serve nobody, with the table as before', async () => {
    const [, , third, fourth] = lab.servers;
    await third?.refuse(8083);
    await fourth?.behave('reset', { port: 8082 });
    const target = { address: nat, timeoutMs: 4_000 };
    const cases: readonly Case[] = [
      // No such host: nobody answers the director's ARP.
      {
        method: '-m',
        target: { ...target, port: 80 },
        from: '10.0.2.11:8080',
        to: '10.0.2.99:8080',
        listed: true,
      },
      { method: '-m', target: { ...target, port: 443 }, from: '10.0.2.11:8080', to: '10.0.2.12:9' },
      {
        method: '-g',
        target: { ...target, address: route, port: 8083 },
        from: '10.0.2.11:8083',
        to: '10.0.2.13:8083',
        listed: true,
      },
      {
        method: '-m',
        target: { ...target, port: 8080 },
        from: '10.0.2.11:8080',
        to: '10.0.2.14:8082',
      },
    ];
    const ramp = ['--over', '40s', '--every', '2s'];
    const told = await play(lab, cases, { perSecond: 15, ramp });
    const words = [
      /^10\.0\.2\.99:8080 in tcp\/10\.0\.1\.100:80: (\d+) of \1 new .* got no answer to their SYN \(others: 0 of \d+\)$/,
      /^10\.0\.2\.12:9 in tcp\/10\.0\.1\.100:443: (\d+) of \1 new connections .* were refused \(others: \d+ bytes/,
      /^10\.0\.2\.13:8083 in tcp\/10\.0\.1\.110:8083: (\d+) of \1 new .* got no answer to their SYN \(others: 0 of \d+\)$/,
      /^10\.0\.2\.14:8082 in tcp\/10\.0\.1\.100:8080: (\d+) of \1 new .* were closed without an answer \(others: \d+ bytes/,
    ];
    for (const [index, one] of told.entries()) {
      const [failed] = failedOf(one);
      expect(failed).toMatchObject({
        gate: 'ipvs',
        detail: expect.stringMatching(words[index] ?? /$^/),
      });
      expect(one.exitCode).toBe(5);
      expect(one.events.at(-1)).toMatchObject({ type: 'finished', outcome: 'rolled-back' });
      // 15 requests a second, of which NEW gets 5 % more every two seconds: the fifth comes in step 3, and at the
      // end of step 5 there have been 1.5 x (1 + 2 + 3 + 4 + 5). A busy host makes steps and requests late alike.
      const detail = failed?.type === 'gate-failed' ? failed.detail : '';
      const got = Number((words[index] ?? /$^/).exec(detail)?.[1]);
      expect(got, detail).toBeLessThanOrEqual(23);
    }
  }, 120_000);

  test('lets through what serves, however it does', async () => {
    for (const server of lab.servers) await server.behave('abrupt', { port: 8082 });
    const target = { address: nat };
    const one = { from: '10.0.2.11', to: '10.0.2.12' };
    const at = (port: number) => ({ from: `${one.from}:${port}`, to: `${one.to}:${port}` });
    const cases: readonly Case[] = [
      { method: '-m', target: { ...target, port: 80 }, ...at(8080) },
      // Ends each connection with a reset.
      { method: '-m', target: { ...target, port: 81 }, ...at(8082) },
      // Takes its time.
      { method: '-m', target: { ...target, port: 82, path: '/stream?seconds=2' }, ...at(8084) },
      { method: '-g', target: { address: route, port: 8085 }, ...at(8085) },
      { method: '-m', target: { ...target, port: 53, protocol: 'udp' }, ...at(53) },
    ];
    const told = await play(lab, cases, {
      perSecond: 12,
      ramp: ['--over', '8s', '--every', '1s'],
    });
    for (const one of told) {
      expect(one.stderr).toBe('');
      expect(failedOf(one)).toEqual([]);
      expect(one.exitCode).toBe(0);
    }
  }, 120_000);
});
