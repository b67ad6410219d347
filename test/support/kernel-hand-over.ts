import type { DrainEvent } from '../../src/domain/events/event.ts';
import { parseEvents } from './drain-command.ts';
import { until } from './eventually.ts';
import { type Exchange, tally } from './lab/clients.ts';
import type { Lab } from './lab/lab.ts';
import type { LabProcess } from './lab/process.ts';

export interface HandOver {
  readonly rules: readonly string[];
  readonly args: readonly string[];
  /** Where the clients go, and how many of them a second. */
  readonly target: {
    readonly address: string;
    readonly port: number;
    readonly protocol?: 'tcp' | 'udp';
  };
  readonly perSecond: number;
  /** Traffic before the start, so that the kernel's rate estimate has settled. */
  readonly warmUpMs?: number;
}

export interface HandedOver {
  readonly events: readonly DrainEvent[];
  readonly exitCode: number | null;
  readonly stderr: string;
  readonly exchanges: readonly Exchange[];
  /** Who answered how often; errors under `!name`. */
  readonly tally: Readonly<Record<string, number>>;
  /** `ipvsadm -Sn`. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** A whole rollout of the built command on the real kernel, with clients opening connections all through. */
export async function handOver(
  lab: Lab,
  { rules, args, ...traffic }: HandOver,
): Promise<HandedOver> {
  await lab.setTable(...rules);
  const before = await lab.table();
  const load = await lab.clients.load({ ...traffic.target, perSecond: traffic.perSecond });
  await pause(traffic.warmUpMs ?? 1_000);
  const run = await lab.drain([...args, '--output', 'json'], { timeoutMs: 400_000 });
  const exchanges = await load.stop();
  return {
    events: parseEvents(run.stdout),
    exitCode: run.exitCode,
    stderr: run.stderr,
    exchanges,
    tally: tally(exchanges),
    before,
    after: await lab.table(),
  };
}

/** Waits for that step of a `drain --output json`, or a later one: on a busy machine some are skipped. */
export const stepReached = (run: LabProcess, step: number): Promise<string> =>
  run.line((text) => {
    const [event] = parseEvents(text);
    return event?.type === 'step-applied' && event.step >= step;
  }, 60_000);

export const failures = ({ tally: counts }: Pick<HandedOver, 'tally'>): readonly string[] =>
  Object.keys(counts).filter((name) => name.startsWith('!'));

/** Time of the lab's own kernel must pass: there is no clock to hand in. */
export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Waits until the kernel's estimate for `row`, a service or a server as `ipvsadm -Ln` writes it, is above that
 * many connections a second: the scale of a ramp comes from it, and follows the traffic by some seconds.
 */
export const rateSeen = (lab: Lab, row: string, above: number): Promise<true> =>
  until(async () => {
    const { stdout } = await lab.ipvsadm(['-Ln', '--rate']);
    const found = stdout.split('\n').find((line) => line.includes(` ${row} `)) ?? '';
    return Number(/:\d+ +(\d+)/.exec(found)?.[1]) > above;
  });
