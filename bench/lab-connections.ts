import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../test/support/lab/lab.ts';
import type { InjectOptions } from './guest/inject-connections.ts';
import { runGuest } from './in-lab.ts';

/** Established connections (or live ones of UDP) that nobody uses, in the director's table. */
export async function addConnections(
  lab: Lab,
  options: Omit<InjectOptions, 'timeoutS'>,
): Promise<void> {
  const before = await connectionCount(lab);
  const start = ['--start-daemon', 'backup', '--mcast-interface', 'eth0'];
  await lab.ipvsadm(start);
  // A message that comes too fast is lost, so what is missing is told again.
  for (let attempt = 0; attempt < 5; attempt++) {
    const told: InjectOptions = { ...options, timeoutS: 7_200 };
    await runGuest(lab, 'inject-connections.ts', told, 120_000, 'client');
    await sleep(500);
    if ((await connectionCount(lab)) >= before + options.count) break;
  }
  await lab.ipvsadm(['--stop-daemon', 'backup']);
  const after = await connectionCount(lab);
  if (after < before + options.count) {
    throw new Error(`only ${after - before} of ${options.count} connections got into the table`);
  }
}

/** By the counters: going through so many entries one by one takes the kernel minutes. */
async function connectionCount(lab: Lab): Promise<number> {
  const rows = (await lab.readFile('/proc/net/ip_vs'))
    .split('\n')
    .filter((row) => /->.*\d$/.test(row.trim()));
  return rows.reduce((sum, row) => {
    const [active = 0, inactive = 0] = row.trim().split(/\s+/).slice(-2).map(Number);
    return sum + active + inactive;
  }, 0);
}
