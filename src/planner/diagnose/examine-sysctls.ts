import type { Diagnostic } from '../../domain/failure.ts';
import { type DrainingServer, type HostView, sysctl, there } from './host-view.ts';

/** The settings under net.ipv4.vs that decide what weight 0 and removal do to clients. */
export function examineSysctls(view: HostView): readonly Diagnostic[] {
  return [
    ...view.leaving.flatMap((one) => examinePersistence(view, one)),
    ...examinePortReuse(view),
    ...examineRemoval(view),
    ...examineEstimation(view),
  ];
}

function examinePersistence(view: HostView, { service }: DrainingServer): readonly Diagnostic[] {
  if (!service.persistence) return [];
  const at = { severity: 'warning', service: service.key } as const;
  const persistent = `it is persistent (${service.persistence.timeoutS} s)`;
  switch (sysctl(view, 'expire_quiescent_template')) {
    case 1:
      return [];
    case undefined:
      return [
        {
          ...at,
          code: 'persistent-service',
          message: `${persistent}: clients that come back stay with their old server until their template expires`,
          next: `unless \`${there(view, 'sysctl net.ipv4.vs.expire_quiescent_template')}\` says 1`,
        },
      ];
    default:
      return [
        {
          ...at,
          code: 'expire-quiescent-template-off',
          message: `${persistent}, and net.ipv4.vs.expire_quiescent_template is 0: clients that come back go on getting their old server at weight 0, and each return renews that, so the drain may never end`,
          next: `run \`${set(view, 'expire_quiescent_template')}\`: then they move at their next connection, and open ones stay`,
        },
      ];
  }
}

function examinePortReuse(view: HostView): readonly Diagnostic[] {
  const carries = view.leaving.some(({ service }) => !service.key.startsWith('udp/'));
  if (!carries || sysctl(view, 'conn_reuse_mode') !== 0) return [];
  const removed =
    sysctl(view, 'expire_nodest_conn') === 0 && !view.policy.keep
      ? ', and hangs once that is removed'
      : '';
  return [
    {
      severity: 'warning',
      code: 'conn-reuse-mode-0',
      message: `net.ipv4.vs.conn_reuse_mode is 0: a client that uses a source port again within two minutes goes back to its old server, even at weight 0${removed}; behind busy clients or proxies the drain may not end`,
      next: `run \`${set(view, 'conn_reuse_mode')}\` (before Linux 5.9, with net.ipv4.vs.conntrack=1, such clients then wait a second)`,
    },
  ];
}

/** Warns of clients that hang where a server may be removed with connections open. */
function examineRemoval(view: HostView): readonly Diagnostic[] {
  const { onTimeout, keep } = view.policy;
  if (onTimeout === 'reset' && sysctl(view, 'expire_nodest_conn') === undefined) {
    return [
      {
        severity: 'error',
        kind: 'preflight',
        code: 'expire-nodest-conn-unknown',
        message:
          '--on-timeout reset sets net.ipv4.vs.expire_nodest_conn for the removal and back, and it cannot be read from here',
        next: 'give --on-timeout remove, or an --ipvsadm whose words before ipvsadm lead to the machine',
      },
    ];
  }
  if (onTimeout !== 'remove' || keep || sysctl(view, 'expire_nodest_conn') !== 0) return [];
  return [
    {
      severity: 'warning',
      code: 'expire-nodest-conn-off',
      message:
        '--on-timeout remove may take a server out that still has connections, and net.ipv4.vs.expire_nodest_conn is 0: what their clients send then vanishes, and they hang until they give up',
      next: `run \`${set(view, 'expire_nodest_conn')}\`: then they are reset at their next packet, and can connect anew`,
    },
  ];
}

function examineEstimation(view: HostView): readonly Diagnostic[] {
  if (sysctl(view, 'run_estimation') !== 0) return [];
  return [
    {
      severity: 'warning',
      code: 'run-estimation-off',
      message:
        'net.ipv4.vs.run_estimation is 0, so the kernel measures no rates: how fine the weights may be, and how long the drain takes, is guessed from finished connections',
      next: `run \`${set(view, 'run_estimation')}\``,
    },
  ];
}

const set = (view: HostView, name: string): string =>
  there(view, `sysctl -w net.ipv4.vs.${name}=1`);
