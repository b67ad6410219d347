import { join } from 'node:path';
import { expect } from 'vitest';
import type { DrainEvent } from '../../../src/domain/events/event.ts';
import { trackFolder } from '../../../src/domain/ipvs/track-files.ts';
import { parseEvents } from '../drain-command.ts';
import { stepReached } from '../kernel-hand-over.ts';
import { type Exchange, tally } from './clients.ts';
import type { Lab } from './lab.ts';
import type { LabProcess } from './process.ts';
import { virtualAddresses } from './topology.ts';

export const address = virtualAddresses.v4.nat;
export const servers = { rs1: '10.0.2.11', rs2: '10.0.2.12', rs3: '10.0.2.13' } as const;
export type Name = keyof typeof servers;

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

export interface Beside {
  readonly lab: Lab;
  readonly args: readonly string[];
  /** Makes the check of a server good or bad. */
  check(name: Name, isGood: boolean): Promise<void>;
  shows(weights: Partial<Record<Name, number>>): Promise<void>;
}

/** A keepalived that owns the service, and options of a drain that lives with it. */
export async function besideKeepalived(
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

export const eventsOf = (run: LabProcess): readonly DrainEvent[] =>
  parseEvents(run.stdout.join('\n'));

export const failed = (exchanges: readonly Exchange[]): readonly string[] =>
  Object.keys(tally(exchanges)).filter((name) => name.startsWith('!'));

/** The shares of new connections of each server as clients see them, of 240. */
export async function sharesSeen(lab: Lab): Promise<Readonly<Record<string, number>>> {
  const load = await lab.clients.load({ address, port: 80, perSecond: 40, seconds: 6 });
  const answered = tally(await load.finished());
  const total = Object.values(answered).reduce((a, b) => a + b, 0);
  return Object.fromEntries(Object.entries(answered).map(([name, n]) => [name, n / total]));
}

/** Half of the weight is moved, and the rollout paused there: the servers' weights then. */
export const half = { rs1: 50, rs2: 51, rs3: 100 };

/** A rollout of rs1 to rs2 that is paused half-way, and has gone on after a flap of each server there. */
export async function flappedHalfWay(
  { lab, args, check, shows }: Beside,
  inhibits: boolean,
): Promise<{ readonly run: LabProcess; readonly rollout: string }> {
  const run = await lab.startDrain([
    ...['--from', servers.rs1, '--to', servers.rs2, '--steps', '50,100', '--every', '20s'],
    ...['--settle', '1s', '--output', 'json', ...args],
  ]);
  const rollout = parseEvents(await stepReached(run, 1))[0]?.rollout ?? '';
  expect(await lab.drain(['pause', rollout, ...args])).toMatchObject({ exitCode: 0 });
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
  for (const name of ['rs1', 'rs2', 'rs3'] as const) {
    expect(Math.abs((shares[name] ?? 0) - half[name] / 201), name).toBeLessThanOrEqual(0.1);
  }
  return { run, rollout };
}
