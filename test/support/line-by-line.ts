import { runIpvsadm } from '../../src/ipvs/simulated/command/run.ts';
import type { Kernel } from '../../src/ipvs/simulated/kernel.ts';
import type { CommandResult } from '../../src/rollout/ports.ts';

/** Runs a call of the simulated ipvsadm, with a look at the table after each line of a batch. */
export function lineByLine(
  kernel: Kernel,
  { args, stdin }: { readonly args: readonly string[]; readonly stdin: string },
  look: () => void,
): CommandResult {
  const { exitCode, stdout, stderr } = runIpvsadm(kernel, args, stdin, look);
  look();
  return { kind: 'exited', exitCode, stdout, stderr };
}
