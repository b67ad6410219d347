import type { Haproxy } from '../test/support/haproxy.ts';
import type { Lab } from '../test/support/lab/lab.ts';
import { virtualAddresses } from '../test/support/lab/topology.ts';
import type { BenchRow } from './benchmark.ts';
import { type DeliveredStep, type ShareError, shareError } from './share-error.ts';

/** Where each way of going through a ramp from rs1 to rs2 has its clients. */
export const address = virtualAddresses.v4.nat;
export const servers = { rs1: '10.0.2.11:8080', rs2: '10.0.2.12:8080' };
export const ports = { drain: 80, scripted: 81, haproxy: 8000 };

export type Way = keyof typeof ports;
export type WeightPair = readonly [old: number, new: number];

export const serviceRules = (port: number): readonly string[] => [
  `-A -t ${address}:${port} -s wrr`,
  `-a -t ${address}:${port} -r ${servers.rs1} -m -w 100`,
  `-a -t ${address}:${port} -r ${servers.rs2} -m -w 0`,
];

/** Clients of one step, one by one; throws where one was not answered. */
export async function deliver(
  lab: Lab,
  way: Way,
  step: Pick<DeliveredStep, 'intended' | 'connections'>,
): Promise<DeliveredStep> {
  const target = { address, port: ports[way], count: step.connections };
  const answers = await lab.clients.sequence(target);
  const toNew = answers.filter((name) => name === 'rs2').length;
  const toOld = answers.filter((name) => name === 'rs1').length;
  if (toOld + toNew < step.connections) throw new Error(`not answered: ${answers.join(' ')}`);
  return { ...step, toNew };
}

/** One process a step, what rises first, and no edit that changes nothing. */
export async function setWeights(
  lab: Lab,
  port: number,
  before: WeightPair = [100, 0],
  [old, added]: WeightPair = before,
): Promise<void> {
  const edit = (server: string, weight: number): string =>
    `-e -t ${address}:${port} -r ${server} -m -w ${weight}\n`;
  const lines = [
    ...(added === before[1] ? [] : [edit(servers.rs2, added)]),
    ...(old === before[0] ? [] : [edit(servers.rs1, old)]),
  ];
  if (lines.length === 0) return;
  const { exitCode, stderr } = await lab.ipvsadm(['-R'], lines.join(''));
  if (exitCode !== 0 || stderr !== '') throw new Error(`ipvsadm -R: exit ${exitCode}\n${stderr}`);
}

export async function setPercentages(
  haproxy: Haproxy,
  [old, added]: WeightPair = [100, 0],
): Promise<void> {
  await haproxy.set(`set server lb/rs2 weight ${added}%`);
  await haproxy.set(`set server lb/rs1 weight ${old}%`);
}

/** Rows of the worst and the mean error, judged where the size says something about them. */
export function rowsOf(
  what: string,
  delivered: ReadonlyMap<Way, readonly DeliveredStep[]>,
  { scripted, most, judged }: { scripted: string; most: number; judged: boolean },
): readonly BenchRow[] {
  const names: Readonly<Record<Way, string>> = { drain: 'drain', scripted, haproxy: 'HAProxy' };
  const errors = new Map([...delivered].map(([way, steps]) => [way, shareError(steps)]));
  const row = (kind: keyof ShareError, goal: string, limit: number): BenchRow => {
    const errorOf = (way: Way): number => errors.get(way)?.[kind] ?? Number.NaN;
    const rivals = [...errors.keys()].filter((way) => way !== 'drain');
    return {
      what: `${what}: ${kind}`,
      ours: { value: errorOf('drain'), unit: 'connections' },
      against: rivals.map((way) => ({
        name: names[way],
        figure: { value: errorOf(way), unit: 'connections' },
      })),
      goal,
      met: judged ? errorOf('drain') <= Math.min(limit, ...rivals.map(errorOf)) : undefined,
    };
  };
  return [
    row('worst', `within ${most}, and no worse`, most),
    row('mean', 'no worse', Number.POSITIVE_INFINITY),
  ];
}
