import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DrainEvent } from '../../src/domain/events/event.ts';
import { trackFolder } from '../../src/domain/ipvs/track-files.ts';
import { parseEvents } from '../support/drain-command.ts';
import { stepReached } from '../support/kernel-hand-over.ts';
import { type Exchange, tally } from '../support/lab/clients.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';
import type { Lab } from '../support/lab/lab.ts';
import type { LabProcess } from '../support/lab/process.ts';
import { virtualAddresses } from '../support/lab/topology.ts';

const address = virtualAddresses.v4.nat;
const servers = { rs1: '10.0.2.11', rs2: '10.0.2.12', rs3: '10.0.2.13' } as const;
type Name = keyof typeof servers;

/**
 * keepalived.conf whose checks are files: rs1 is the old server, rs2 the new one, rs3 a bystander. A check has time
 * for a busy kernel: without `misc_timeout` keepalived kills it after `delay_loop`, and may lose it for good.
 */
const confOf = (folder: string, { inhibits, mode }: Kind): string => `global_defs {
  router_id lab
  script_user root
}
${
  mode === 'watch'
    ? ''
    : Object.keys(servers)
        .map((name) => `track_file ${name} {\n  file "${trackFolder}/${name}"\n  weight 1\n}\n`)
        .join('')
}virtual_server ${address} 80 {
  delay_loop 1
  lvs_sched wrr
  lvs_method NAT
  protocol TCP
${Object.entries(servers)
  .map(
    ([name, ip]) => `  real_server ${ip} 8080 {
    weight ${name === 'rs2' ? 1 : 100}
${inhibits ? '    inhibit_on_failure\n' : ''}    MISC_CHECK {
      misc_path "/usr/bin/test -e ${join(folder, name)}"
      retry 0
      misc_timeout 60
    }
${mode === 'watch' ? '' : `    FILE_CHECK {\n      track_file ${name}\n    }\n`}  }
`,
  )
  .join('')}}
`;

interface Kind {
  readonly inhibits: boolean;
  readonly mode: 'watch' | 'track-files';
}

interface Beside {
  readonly lab: Lab;
  readonly args: readonly string[];
  /** Makes the check of a server good or bad. */
  check(name: Name, isGood: boolean): Promise<void>;
  shows(weights: Partial<Record<Name, number>>): Promise<void>;
}

/** A keepalived that owns the service, and options of a drain that lives with it. */
async function besideKeepalived(
  lab: Lab,
  kind: Kind,
  use: (beside: Beside) => Promise<void>,
): Promise<void> {
  const { inhibits, mode } = kind;
  const folder = join(lab.folder, `${mode}-${inhibits ? 'inhibit' : 'plain'}`);
  await lab.run(['mkdir', '-p', folder]);
  const conf = join(folder, 'keepalived.conf');
  const config = join(folder, 'drain.yaml');
  const check = async (name: Name, isGood: boolean) => {
    if (isGood) await lab.writeFile(join(folder, name), '');
    else await lab.run(['rm', join(folder, name)]);
  };
  for (const name of ['rs1', 'rs2', 'rs3'] as const) await check(name, true);
  await lab.writeFile(conf, confOf(folder, kind));
  await lab.writeFile(
    config,
    `directors:\n  lb: {director: local, manager: {keepalived: ${mode}}}\ndefaults: {director: lb}\n`,
  );
  await lab.setTable();
  await lab.run(['mkdir', '-p', trackFolder]);
  for (const name of Object.keys(servers)) {
    await lab.run(['sh', '-c', `echo 0 >${trackFolder}/${name}`]);
  }
  const keepalived = await lab.spawn([
    ...['keepalived', '--dont-fork', '--check', '--log-console', '--use-file', conf],
  ]);
  const weights = async () => {
    const rows = await lab.table();
    const found = rows.flatMap((rule) => {
      const [, ip, weight] = /-r (\S+):8080 .*-w (\d+)/.exec(rule) ?? [];
      const name = Object.entries(servers).find(([, one]) => one === ip)?.[0];
      return name === undefined ? [] : [[name, Number(weight)] as const];
    });
    return Object.fromEntries(found);
  };
  const shows = (expected: Partial<Record<Name, number>>) =>
    expect.poll(weights, { timeout: 60_000, interval: 100 }).toEqual(expected);
  try {
    await shows({ rs1: 100, rs2: 1, rs3: 100 });
    const args = ['--config', config, '--state', join(folder, 'state')];
    await use({ lab, args, check, shows });
  } catch (error) {
    const said = [...keepalived.stdout, ...keepalived.stderr].slice(-30).join('\n');
    throw new Error(`keepalived said last:\n${said}`, { cause: error });
  } finally {
    await keepalived.kill();
  }
}

const eventsOf = (run: LabProcess): readonly DrainEvent[] => parseEvents(run.stdout.join('\n'));

const failed = (exchanges: readonly Exchange[]): readonly string[] =>
  Object.keys(tally(exchanges)).filter((name) => name.startsWith('!'));

/** The shares of new connections of each server as clients see them, of 240. */
async function sharesSeen(lab: Lab): Promise<Readonly<Record<string, number>>> {
  const load = await lab.clients.load({ address, port: 80, perSecond: 40, seconds: 6 });
  const answered = tally(await load.finished());
  const total = Object.values(answered).reduce((a, b) => a + b, 0);
  return Object.fromEntries(Object.entries(answered).map(([name, n]) => [name, n / total]));
}

const between = (share: number | undefined, due: number): void =>
  expect(Math.abs((share ?? 0) - due)).toBeLessThanOrEqual(0.1);

describeKernel('a rollout beside keepalived, with manager: {keepalived: watch}', (lab) => {
  for (const inhibits of [false, true]) {
    const kind = inhibits ? 'inhibit_on_failure' : 'plain';
    test(`goes on after flaps of the old server, the new one and a bystander (${kind})`, async () => {
      await besideKeepalived(lab, { inhibits, mode: 'watch' }, async ({ args, check, shows }) => {
        const clients = await lab.clients.load({ address, port: 80, perSecond: 10 });
        const run = await lab.startDrain(
          [
            ...['--from', 'rs1', '--to', 'rs2', '--steps', '50,100', '--every', '20s', ...args],
            ...['--settle', '1s', '--output', 'json'],
          ].map((word) => servers[word as Name] ?? word),
        );
        const rollout = parseEvents(await stepReached(run, 1))[0]?.rollout ?? '';
        expect(await lab.drain(['pause', rollout, ...args])).toMatchObject({ exitCode: 0 });
        const half = { rs1: 50, rs2: 51, rs3: 100 };
        await shows(half);
        for (const name of ['rs1', 'rs2', 'rs3'] as const) {
          const { [name]: _, ...others } = half;
          await check(name, false);
          await shows(inhibits ? { ...others, [name]: 0 } : others);
          await check(name, true);
          await shows(half);
        }
        const shares = await sharesSeen(lab);
        expect(Object.keys(shares).sort()).toEqual(['rs1', 'rs2', 'rs3']);
        between(shares.rs1, 50 / 201);
        between(shares.rs2, 51 / 201);
        between(shares.rs3, 100 / 201);

        await check('rs2', false);
        await shows({ rs1: 50, rs3: 100, ...(inhibits ? { rs2: 0 } : {}) });
        expect(await lab.drain(['continue', rollout, ...args, '--no-wait'])).toMatchObject({
          exitCode: 0,
        });
        await run.line((text) => text.includes('"gate-waiting"'), 60_000);
        await check('rs2', true);
        expect(await run.ended).toMatchObject({ exitCode: 0 });
        await shows({ rs2: 101, rs3: 100 });
        expect(failed(await clients.stop())).toEqual([]);

        const events = eventsOf(run);
        const again = events.flatMap((event) =>
          event.type === 're-asserted' ? [`${event.server} ${event.found} ${event.weight}`] : [],
        );
        expect(again).toEqual([
          '10.0.2.11:8080 100 50',
          '10.0.2.12:8080 1 51',
          '10.0.2.12:8080 1 51',
        ]);
        expect(events.find(({ type }) => type === 'gate-waiting')).toMatchObject({
          gateKind: 'manager',
          server: '10.0.2.12:8080',
          reason: 'server-down',
        });
        expect(events.filter(({ type }) => type === 'drift-detected')).toEqual([]);
      });
    }, 240_000);
  }

  test('is refused where nothing of the kind runs there', async () => {
    const config = join(lab.folder, 'watch.yaml');
    await lab.writeFile(
      config,
      'directors:\n  lb: {director: local, manager: {keepalived: watch}}\n',
    );
    await lab.setTable(
      `-A -t ${address}:80 -s wrr`,
      `-a -t ${address}:80 -r 10.0.2.11:8080 -m -w 1`,
    );
    const run = await lab.drain([
      ...['--from', '10.0.2.11', '--to', '10.0.2.12', '--director', 'lb', '--config', config],
      ...['--state', join(lab.folder, 'refused')],
    ]);
    expect(run).toMatchObject({ exitCode: 3, stderr: expect.stringMatching(/no keepalived runs/) });
  });
});

describeKernel('a rollout beside keepalived, with manager: {keepalived: track-files}', (lab) => {
  for (const inhibits of [false, true]) {
    const kind = inhibits ? 'inhibit_on_failure' : 'plain';
    test(`is set by keepalived, which comes back to the weights of the step (${kind})`, async () => {
      await besideKeepalived(lab, { inhibits, mode: 'track-files' }, async (beside) => {
        const { args, check, shows } = beside;
        const clients = await lab.clients.load({ address, port: 80, perSecond: 10 });
        const run = await lab.startDrain(
          [
            ...['--from', 'rs1', '--to', 'rs2', '--steps', '50,100', '--every', '20s', ...args],
            ...['--settle', '1s', '--output', 'json'],
          ].map((word) => servers[word as Name] ?? word),
        );
        const rollout = parseEvents(await stepReached(run, 1))[0]?.rollout ?? '';
        expect(await lab.drain(['pause', rollout, ...args])).toMatchObject({ exitCode: 0 });
        const half = { rs1: 50, rs2: 51, rs3: 100 };
        await shows(half);
        for (const name of ['rs1', 'rs2', 'rs3'] as const) {
          const { [name]: _, ...others } = half;
          await check(name, false);
          await shows(inhibits ? { ...others, [name]: 0 } : others);
          await check(name, true);
          await shows(half);
        }
        const shares = await sharesSeen(lab);
        between(shares.rs1, 50 / 201);
        between(shares.rs2, 51 / 201);
        between(shares.rs3, 100 / 201);
        expect(await lab.drain(['continue', rollout, ...args])).toMatchObject({ exitCode: 0 });
        expect(await run.ended).toMatchObject({ exitCode: 0 });
        // keepalived has the old server, at weight 0, until its configuration has it no more.
        const done = { rs1: 0, rs2: 101, rs3: 100 };
        await shows(done);
        await check('rs1', false);
        await shows(inhibits ? done : { rs2: 101, rs3: 100 });
        await check('rs1', true);
        await shows(done);
        expect(failed(await clients.stop())).toEqual([]);
        const types = new Set(eventsOf(run).map(({ type }) => type));
        expect(types.has('re-asserted')).toBe(false);
        expect(types.has('drift-detected')).toBe(false);
        expect(await lab.readFile(`${trackFolder}/rs2`)).toBe('100\n');

        expect(await lab.drain(['rollback', rollout, ...args])).toMatchObject({ exitCode: 0 });
        await shows({ rs1: 100, rs2: 1, rs3: 100 });
        const out = ['out', servers.rs3, '--over', '0s', ...args];
        expect(await lab.drain(out)).toMatchObject({ exitCode: 0 });
        await shows({ rs1: 100, rs2: 1, rs3: 0 });
        expect(await lab.drain(['in', servers.rs3, '--over', '0s', ...args])).toMatchObject({
          exitCode: 0,
        });
        await shows({ rs1: 100, rs2: 1, rs3: 100 });
      });
    }, 300_000);
  }

  test("sets a weight again that somebody's ipvsadm has written over", async () => {
    await besideKeepalived(
      lab,
      { inhibits: false, mode: 'track-files' },
      async ({ args, shows }) => {
        const weight = (n: number) =>
          lab.drain(['weight', `${servers.rs3}:8080=${n}`, '--over', '0s', ...args]);
        expect(await weight(60)).toMatchObject({ exitCode: 0 });
        await shows({ rs1: 100, rs2: 1, rs3: 60 });
        const edit = ['-e', '-t', `${address}:80`, '-r', `${servers.rs3}:8080`, '-m', '-w', '33'];
        expect(await lab.ipvsadm(edit)).toMatchObject({ exitCode: 0 });
        await shows({ rs1: 100, rs2: 1, rs3: 33 });
        expect(await weight(60)).toMatchObject({ exitCode: 0 });
        await shows({ rs1: 100, rs2: 1, rs3: 60 });
      },
    );
  }, 120_000);
});

describeKernel('a rollback while the old server is down by its check', (lab) => {
  for (const mode of ['watch', 'track-files'] as const) {
    test(`adds nobody, and keepalived brings the server back with its own weight (${mode})`, async () => {
      await besideKeepalived(lab, { inhibits: false, mode }, async ({ args, check, shows }) => {
        const run = await lab.startDrain([
          ...['--from', servers.rs1, '--to', servers.rs2, '--steps', '50,100', '--every', '20s'],
          ...['--output', 'json', ...args],
        ]);
        const rollout = parseEvents(await stepReached(run, 1))[0]?.rollout ?? '';
        await check('rs1', false);
        await shows({ rs2: 51, rs3: 100 });
        await lab.drain(['rollback', rollout, ...args]);
        expect(await run.ended).toMatchObject({ exitCode: 5 });
        await shows({ rs2: 1, rs3: 100 });
        await check('rs1', true);
        await shows({ rs1: 100, rs2: 1, rs3: 100 });
      });
    }, 120_000);
  }
});
