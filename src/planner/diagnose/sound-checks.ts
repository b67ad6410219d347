import { formatDuration } from '../../domain/duration.ts';
import type { Diagnostic, Finding } from '../../domain/failure.ts';
import { weightOwner } from '../../domain/ipvs/host-facts.ts';
import { shortList } from '../../domain/printable.ts';
import { managerWords } from './examine-host.ts';
import { inTenths, shortestStepMs } from './examine-pace.ts';
import { type HostView, sysctl } from './host-view.ts';

/** A check: the diagnostics that contradict it, and the sentence for when there are none. */
interface Check {
  readonly code: string;
  /** Codes of the diagnostics that contradict the check. */
  readonly troubles: readonly string[];
  /** The sentence for when all is well; `undefined` where that is not known. */
  readonly sound: (view: HostView) => string | undefined;
}

/** Findings about what is in order, for an operator who wants to see what was checked. */
export function soundChecks(
  view: HostView,
  diagnostics: readonly Diagnostic[],
): readonly Finding[] {
  const troubles = new Set(diagnostics.map(({ code }) => code));
  return checks.flatMap(({ code, troubles: own, sound }) => {
    const message = own.some((trouble) => troubles.has(trouble)) ? undefined : sound(view);
    return message === undefined ? [] : [{ severity: 'ok', code, message } as const];
  });
}

const checks: readonly Check[] = [
  {
    code: 'ip-vs',
    troubles: [],
    sound: ({ facts, snapshot: { services } }) => {
      const servers = services.reduce((sum, service) => sum + service.servers.length, 0);
      const kernel = facts.kernelRelease === undefined ? '' : ` (Linux ${facts.kernelRelease})`;
      return `IPVS answers${kernel}; virtual services: ${services.length}, real servers: ${servers}`;
    },
  },
  {
    code: 'ipvsadm',
    troubles: ['ipvsadm-old'],
    sound: ({ facts }) => facts.ipvsadmVersion && `ipvsadm is ${facts.ipvsadmVersion}`,
  },
  {
    code: 'director-pace',
    troubles: ['director-slow'],
    sound: ({ facts: { callMs } }) =>
      callMs === undefined
        ? undefined
        : `a call takes ${inTenths(callMs)}: steps can come every ${formatDuration(shortestStepMs(callMs))}`,
  },
  {
    code: 'scheduler',
    troubles: [
      'scheduler-ignores-weights',
      'scheduler-refuses-at-zero',
      'scheduler-counts-connections',
      'scheduler-keeps-destinations',
      'scheduler-approximates-weights',
      'scheduler-unknown',
    ],
    sound: ({ leaving }) => {
      const names = [...new Set(leaving.map(({ service }) => service.scheduler))];
      return names.length > 0 ? `new connections follow weights (${shortList(names)})` : undefined;
    },
  },
  {
    code: 'persistence',
    troubles: ['persistent-service', 'expire-quiescent-template-off'],
    sound: ({ leaving }) => {
      if (leaving.length === 0) return undefined;
      return leaving.some(({ service }) => service.persistence)
        ? 'expire_quiescent_template is 1: persistent clients leave a server at weight 0 with their next connection'
        : 'no service is persistent';
    },
  },
  {
    code: 'conn-reuse-mode',
    troubles: ['conn-reuse-mode-0'],
    sound: (view) => {
      const mode = sysctl(view, 'conn_reuse_mode');
      return mode === undefined
        ? undefined
        : `conn_reuse_mode is ${mode}: a source port that is used again gets a new server`;
    },
  },
  {
    code: 'expire-nodest-conn',
    troubles: ['expire-nodest-conn-off'],
    sound: (view) => {
      const value = sysctl(view, 'expire_nodest_conn');
      if (value === undefined) return undefined;
      return value === 0
        ? 'expire_nodest_conn is 0: that matters only where a server is removed with connections open (--on-timeout remove)'
        : `expire_nodest_conn is ${value}: clients of a removed server are reset, and do not hang`;
    },
  },
  {
    code: 'timeouts',
    troubles: ['direct-routing-timeout'],
    sound: ({ snapshot: { timeouts } }) =>
      `an entry without a packet is forgotten after ${[
        `${formatDuration(timeouts.tcpS * 1_000)} (tcp)`,
        `${formatDuration(timeouts.tcpFinS * 1_000)} (tcpfin)`,
        `${formatDuration(timeouts.udpS * 1_000)} (udp)`,
      ].join(', ')}`,
  },
  {
    code: 'table-manager',
    troubles: ['table-manager', 'manager-missing', 'manager-silent'],
    sound: ({ facts: { managers, manager } }) =>
      managers && !manager
        ? 'neither keepalived nor ldirectord nor kube-proxy runs beside it'
        : undefined,
  },
  {
    code: 'managed-services',
    troubles: ['manager-missing', 'manager-silent'],
    sound: (view) => ownedWords(view),
  },
];

/** The services of each manager that has told them, by its configuration or by its own word. */
function ownedWords({ facts, snapshot: { services } }: HostView): string | undefined {
  const { managers = [] } = facts;
  const parts = managers.flatMap((owner) => {
    const own = services
      .map(({ key }) => key)
      .filter((key) => owner.services && weightOwner({ managers }, key) === owner);
    if (own.length === 0) return [];
    const from = owner.file === undefined ? '' : `, by ${owner.file}`;
    return [`${managerWords(owner)} owns ${shortList(own)}${from}`];
  });
  if (parts.length === 0) return undefined;
  const mode = facts.manager ? `; lived with by ${facts.manager.keepalived}` : '';
  return `${parts.join('; ')}${mode}`;
}
