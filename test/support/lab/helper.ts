import { join } from 'node:path';
import { repository } from './boot.ts';
import { Channel } from './channel.ts';
import type { LabProcess, Start } from './process.ts';

interface Spawner {
  spawn(argv: readonly string[], options?: Start): Promise<LabProcess>;
}

/** A script of `guest` as a command. */
export const guestScript = (script: string, ...args: readonly string[]): readonly string[] => [
  process.execPath,
  join(repository, 'test/support/lab/guest', script),
  ...args,
];

/**
 * A long-lived helper that speaks JSON lines on its standard input and output, and the first of them, with
 * which it says that it is ready.
 */
export async function startHelper(
  spawner: Spawner,
  argv: readonly string[],
  options: Start = {},
): Promise<{ readonly channel: Channel; readonly ready: string }> {
  const helper = await spawner.spawn(argv, options);
  const ready = await helper.line((line) => line.includes('"ready"'), 60_000);
  const channel = new Channel((line) => void helper.write(`${line}\n`).catch(() => {}));
  helper.onLine = (line) => channel.receive(line);
  void helper.ended.then(() =>
    channel.close(`${argv.slice(1).join(' ')} has ended\n${helper.stderr.join('\n')}`),
  );
  return { channel, ready };
}
