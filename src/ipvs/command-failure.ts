import { assertNever } from '../domain/assert-never.ts';
import { formatDuration } from '../domain/duration.ts';
import type { Failure } from '../domain/failure.ts';
import { printable, printableLines } from '../domain/printable.ts';
import type { CommandResult } from '../rollout/ports.ts';

type NotExited = Exclude<CommandResult, { readonly kind: 'exited' }>;

/** A command that did not run to its end, as the operator reads it. `label` is how it was called. */
export function failureOfEnd(end: NotExited, label: string): Failure {
  switch (end.kind) {
    case 'killed': {
      const said = printableLines(end.stderr);
      return {
        kind: 'director',
        what: `\`${label}\` was killed by ${printable(end.signal, 20)}${said && `: ${said}`}`,
        next: 'Find out who killed it (out of memory?), then try again.',
      };
    }
    case 'timed-out':
      return {
        kind: 'director',
        what: `\`${label}\` did not end within ${formatDuration(end.afterMs)}`,
        next: `Run \`${label} -Ln\` by hand; if it hangs too, the machine is overloaded or the kernel is stuck.`,
      };
    case 'too-much-output':
      return {
        kind: 'director',
        what: `\`${label}\` printed more than ${end.limitBytes} bytes`,
        next: `Run \`${label} -Ln | wc\` by hand to see whether the table is really that large.`,
      };
    case 'not-started':
      return failureOfStart(end.reason, printable(end.message), label);
    case 'unreachable':
      return end.failure;
    default:
      return assertNever(end);
  }
}

function failureOfStart(
  reason: 'not-found' | 'not-permitted' | 'other',
  message: string,
  label: string,
): Failure {
  const what = `cannot run \`${label}\`: ${message}`;
  if (reason === 'not-found') return { kind: 'preflight', what, next: installAdvice };
  if (reason === 'not-permitted') return { kind: 'preflight', what, next: sudoAdvice };
  return { kind: 'director', what, next: `Run \`${label} -Ln\` by hand.` };
}

const installAdvice =
  'Install it (`apt install ipvsadm`), or say how to call it with --ipvsadm, e.g. --ipvsadm /usr/sbin/ipvsadm.';
const sudoAdvice =
  "Run drain as root, or let it call sudo: --ipvsadm 'sudo ipvsadm' (CAP_NET_ADMIN is enough too).";
const goneAdvice = 'Somebody else changed the table: look at it again, and plan anew.';

interface Complaint {
  readonly pattern: RegExp;
  readonly kind: Failure['kind'];
  readonly next: string;
}

/**
 * The known complaints, of which the first that matches decides: without root a missing module is
 * reported as missing permission.
 */
const complaints: readonly Complaint[] = [
  {
    pattern: /password is required|terminal is required|not in the sudoers|not allowed to execute/,
    kind: 'preflight',
    next: 'Allow this command without a password in sudoers (NOPASSWD), or run drain as root.',
  },
  {
    pattern: /must be root|Permission denied|Operation not permitted/,
    kind: 'preflight',
    next: sudoAdvice,
  },
  {
    pattern: /Protocol not available|Module ip_vs not found/,
    kind: 'preflight',
    next: 'The kernel has no IPVS: `modprobe ip_vs` (and put ip_vs into /etc/modules).',
  },
  {
    pattern: /ipvsadm\S*:? command not found|exec\S* .*ipvsadm.*No such file/,
    kind: 'preflight',
    next: installAdvice,
  },
  {
    pattern: /Cannot open network namespace/,
    kind: 'preflight',
    next: 'Correct the name in --ipvsadm; `ip netns list` shows those that exist.',
  },
  {
    pattern: /Scheduler or persistence engine not found/,
    kind: 'director',
    next: 'Load its module, e.g. `modprobe ip_vs_wrr`.',
  },
  {
    pattern:
      /No such service|Service not defined|No such destination|(?:Destination|Service) already exists/,
    kind: 'conflict',
    next: goneAdvice,
  },
];

/**
 * The failure of a command that complained, or `undefined` without a complaint. ipvsadm's exit code
 * is that of the last line only, so anything on stderr is a failure.
 */
export function failureOfComplaint(
  exited: CommandResult & { readonly kind: 'exited' },
  label: string,
): Failure | undefined {
  const stderr = exited.stderr
    .split('\n')
    .filter((line) => !harmless.test(line))
    .join('\n');
  const said = printableLines(stderr);
  if (said === '' && exited.exitCode === 0) return undefined;
  const what = said === '' ? `\`${label}\` ended with exit code ${exited.exitCode}` : said;
  const known = complaints.find(({ pattern }) => pattern.test(stderr));
  const next = known?.next ?? `Run \`${label} -Ln\` by hand.`;
  return {
    kind: known?.kind ?? 'director',
    what: said === '' ? what : `${label}: ${what}`,
    next,
    code: noIpVs.test(stderr) ? 'no-ip-vs' : undefined,
  };
}

/** The complaint of ipvsadm that decides alone, whatever else ipvsadm complains of. */
const noIpVs = /Protocol not available/;

/** The line that sudo prints on each machine whose name is not in /etc/hosts, before it goes on. */
const harmless = /^sudo: unable to resolve host /;
