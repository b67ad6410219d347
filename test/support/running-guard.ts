import { execa } from 'execa';
import { expect } from 'vitest';
import { drainJs } from './drain-command.ts';
import { eventually } from './eventually.ts';

/** A guard of `guard.yaml` as a service manager starts it, and what it has said so far. */
export function runGuard(
  folder: string,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
) {
  const run = execa(
    process.execPath,
    [drainJs, 'guard', 'guard.yaml', '--state', 'state', ...args],
    { cwd: folder, env: { ...env, NO_COLOR: '1' }, reject: false, timeout: 150_000 },
  );
  let text = '';
  run.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const says = (what: string) => eventually(() => expect(text).toContain(what));
  return { run, says, text: () => text };
}
