import type { CommandResult } from '../../rollout/ports.ts';

/** `ipvsadm v1.31 2019/12/24 (compiled with popt and IPVS v1.2.1)` is `1.31`. */
export function versionPrinted(result: CommandResult): string | undefined {
  if (result.kind !== 'exited') return undefined;
  return /^ipvsadm v(\d+(?:\.\d+){1,3})\b/m.exec(result.stdout)?.[1];
}
