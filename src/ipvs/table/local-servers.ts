import type { Failure } from '../../domain/failure.ts';
import { type Change, isLocalServer, isServiceChange } from '../../domain/ipvs/ipvs.ts';

/** The failure of changes that would edit a server of Local forwarding; a removal is none of those. */
export function localEdit(changes: readonly Change[]): Failure | undefined {
  const edited = changes.find(
    (change) =>
      (change.kind === 'set-weight' || change.kind === 'add-server') &&
      isLocalServer(change.server),
  );
  if (edited === undefined || isServiceChange(edited)) return undefined;
  return {
    kind: 'preflight',
    what: `${edited.server.key} has Local forwarding, which ipvsadm lists but cannot set: an edit would turn it into direct routing, so nothing was changed`,
    next: 'Leave its weight to the program that added it (kube-vip adds such servers).',
  };
}
