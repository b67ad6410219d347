import type { Diagnostic } from '../../../domain/failure.ts';
import { isLocalServer, type RealServer, type VirtualService } from '../../../domain/ipvs/ipvs.ts';
import { shortList } from '../../../domain/printable.ts';

/** Refuses to move servers of Local forwarding, which ipvsadm lists but cannot set. */
export function examineForwarding(
  { key }: Pick<VirtualService, 'key'>,
  moved: readonly RealServer[],
): readonly Diagnostic[] {
  const local = moved.filter(isLocalServer);
  if (local.length === 0) return [];
  return [
    {
      severity: 'error',
      kind: 'preflight',
      code: 'local-forwarding',
      service: key,
      message: `${shortList(local.map((server) => server.key))} ${local.length === 1 ? 'has' : 'have'} Local forwarding, which ipvsadm lists but cannot set: an edit of the weight would turn it into direct routing`,
      next: 'leave the service to the program that added such servers (kube-vip does), and name the others with --service',
    },
  ];
}
