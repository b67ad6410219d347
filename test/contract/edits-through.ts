import type { CommandRunner } from '../../src/rollout/ports.ts';

/** Makes edits with one `ipvsadm -R`; throws on the slightest complaint. */
export function editsThrough(runner: CommandRunner) {
  return async (...lines: readonly string[]): Promise<void> => {
    const result = await runner.run(['-R'], [...lines, ''].join('\n'));
    if (result.kind !== 'exited' || result.stderr !== '') throw new Error(JSON.stringify(result));
  };
}
