import type { Diagnostic } from '../../domain/failure.ts';
import type { TableManager } from '../../domain/ipvs/host-facts.ts';
import { examinePace } from './examine-pace.ts';
import { examineSysctls } from './examine-sysctls.ts';
import { examineWaiting } from './examine-waiting.ts';
import type { HostView } from './host-view.ts';

/** The oldest ipvsadm that has what drain uses: `--thresholds`, `--persistent-conn` and `-R`. */
const oldestIpvsadm = [1, 26];

/** Examines the machine for the rollout; but for a manager that is to be asked no finding is an error. */
export function examineHost(view: HostView): readonly Diagnostic[] {
  return [
    ...examineVersion(view),
    ...examineSysctls(view),
    ...examineWaiting(view),
    ...examinePace(view),
    ...examineManagers(view),
  ];
}

function examineVersion({ facts: { ipvsadmVersion } }: HostView): readonly Diagnostic[] {
  if (ipvsadmVersion === undefined || !isOlder(ipvsadmVersion)) return [];
  return [
    {
      severity: 'warning',
      code: 'ipvsadm-old',
      message: `ipvsadm is ${ipvsadmVersion}, older than ${oldestIpvsadm.join('.')}: some of its listings may lack what drain reads`,
      next: 'bring it up to date (`apt install ipvsadm`); drain was measured with 1.31',
    },
  ];
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldestIpvsadm;
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}

/** Programs that write the same table, and do not know of the rollout; one that is lived with has to be there. */
export function examineManagers({ facts }: Pick<HostView, 'facts'>): readonly Diagnostic[] {
  const { managers = [], manager } = facts;
  const unknown = manager && !managers.some(({ name }) => name === 'keepalived');
  const strange = managers.filter(({ name }) => !(manager && name === 'keepalived'));
  return [
    ...(unknown ? [missingManager(facts.managers !== undefined)] : []),
    ...(manager ? managers.flatMap(examineSilence) : []),
    ...managers.flatMap((one) => examineRelease(one, manager?.keepalived === 'track-files')),
    ...strange.map(
      (one): Diagnostic => ({
        severity: 'warning',
        code: 'table-manager',
        message: `${managerWords(one)} runs in the director's network namespace. ${habits(one)}`,
        next: advice(one),
      }),
    ),
  ];
}

/** `keepalived 2.2.7 (process 812)`. */
export const managerWords = ({ name, version, pid }: TableManager): string =>
  `${name}${version === undefined ? '' : ` ${version}`} (process ${pid})`;

const missingManager = (isKnown: boolean): Diagnostic => ({
  severity: 'error',
  kind: 'preflight',
  code: 'manager-missing',
  message: isKnown
    ? 'no keepalived runs in the network namespace of the table that it is to manage (manager of the director in the config file)'
    : 'which programs run beside the table cannot be seen, so keepalived cannot be asked (manager of the director in the config file)',
  next: isKnown
    ? 'start it there, or take manager out of the config file'
    : 'call ipvsadm by its own name (`ip netns exec lb ipvsadm`), or take manager out of the config file',
});

const examineSilence = (one: TableManager): readonly Diagnostic[] =>
  one.silent === undefined
    ? []
    : [
        {
          severity: 'error',
          kind: 'preflight',
          code: 'manager-silent',
          message: `${managerWords(one)} did not say what it owns: ${one.silent}`,
          next: 'run drain as root there (`--ipvsadm "sudo ipvsadm"`), or take manager out of the config file',
        },
      ];

/** Releases that are known to be bad beside files that drive weights (keepalived's d3155660, 3f386640). */
function examineRelease(
  { name, version = '', pid, initsFiles, file = 'its configuration' }: TableManager,
  byFiles: boolean,
): readonly Diagnostic[] {
  if (name !== 'keepalived') return [];
  const isCrashing = /^2\.3\.[012]$/.test(version);
  const isOverwriting = isCrashing || /^2\.2\.([89]|\d\d+)$/.test(version);
  return [
    ...(isCrashing
      ? [
          {
            ...(byFiles
              ? ({ severity: 'error', kind: 'preflight' } as const)
              : ({ severity: 'warning' } as const)),
            code: 'manager-release',
            message: `keepalived ${version} (process ${pid}) crashes with FILE_CHECK, and is known for that: 2.3.0 to 2.3.2`,
            next: 'bring keepalived to 2.3.3 or later before anything tracks a file there',
          },
        ]
      : []),
    ...(byFiles && isOverwriting && initsFiles
      ? [
          {
            severity: 'warning',
            code: 'manager-init-file',
            message: `keepalived ${version} (process ${pid}) writes over a tracked file that has an init_file at each start, and its weight with it: 2.2.8 to 2.3.2`,
            next: `take init_file out of ${file}`,
          } as const,
        ]
      : []),
  ];
}

/** keepalived as measured with 2.2.7; ldirectord and kube-proxy as read in their sources (ld_start, syncEndpoint). */
function habits({ name }: TableManager): string {
  switch (name) {
    case 'keepalived':
      return 'Where it manages a service of this rollout, it never reads weights back: when a health check fails and recovers, or its configuration is reloaded with other weights, it puts its own weight back and undoes the drain, and a removed server returns';
    case 'ldirectord':
      return 'Where it manages a service of this rollout, it puts its own weight back when a check fails and recovers; and when its file is read again, removed servers return, and those that are not in it are taken out';
    case 'kube-vip':
      return 'Where it balances the control plane, the service and its servers are its own: it adds and removes servers as nodes come and go, and forwards as Local, which ipvsadm cannot set';
    case 'nanny':
      return 'Where it watches a server of this rollout, it puts its own weight back, or removes and adds the server, when a check fails and recovers';
    case 'kube-router':
      return 'With its service proxy the services of Kubernetes are its own: at each sync it takes out servers that it does not know, and brings back removed ones';
    default:
      return 'In its ipvs mode the services of Kubernetes are its own: at each sync it takes out servers that it does not know, and brings back removed ones with weight 1';
  }
}

function advice({ name }: TableManager): string {
  switch (name) {
    case 'keepalived':
      return 'if it does: drain with --keep, then put the new servers into keepalived.conf, take the old ones out there, and `systemctl reload keepalived`, which removes them; reload nothing during the ramp';
    case 'ldirectord':
      return 'if it does: drain with --keep, then put the new servers into ldirectord.cf, take the old ones out there, and `systemctl reload ldirectord`; edit nothing there during the ramp';
    case 'nanny':
      return 'if it does: stop the service in lvs.cf for the rollout, or change its servers there';
    default:
      return 'leave its services to Kubernetes, and name the others with --service';
  }
}
