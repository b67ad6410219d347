import type { Change } from '../domain/ipvs/ipvs.ts';
import type { DirectorAccess } from '../domain/places/director-access.ts';
import { isSshAddress, parseSshAddress, sshByHand } from '../domain/places/ssh-address.ts';
import { restoreLine } from './ipvsadm-args.ts';

/** Commands that make these edits of one director by hand, to be typed on this machine. */
export function editCommands(
  { where, ipvsadm }: DirectorAccess,
  changes: readonly Change[],
): readonly string[] {
  const address = isSshAddress(where) ? parseSshAddress(where) : undefined;
  const before = address?.ok ? [...sshByHand(address.value), ''].join(' ') : '';
  return changes.map((change) => `${before}${ipvsadm} ${restoreLine(change)}`);
}
