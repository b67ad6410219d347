import { assertNever } from '../domain/assert-never.ts';
import { formatDuration } from '../domain/duration.ts';
import type { Failure } from '../domain/failure.ts';
import { printable, printableLines } from '../domain/printable.ts';
import type { CommandResult } from '../rollout/ports.ts';
import { installAdvice, isChatter, isOfIpvsadm, knownComplaint, rootAdvice } from './complaints.ts';

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
        code: 'too-much-output',
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
  const known = knownComplaint(message);
  if (known) return { kind: known.kind, what, next: known.next };
  if (reason === 'not-found') return { kind: 'preflight', what, next: installAdvice };
  if (reason === 'not-permitted') return { kind: 'preflight', what, next: rootAdvice };
  return { kind: 'director', what, next: `Run \`${label} -Ln\` by hand.` };
}

/** The words of a command that was asked something, as far as they are no chatter. */
export interface Complaint {
  readonly failure: Failure;
  /**
   * Whether ipvsadm itself, or the exit code, says that something went wrong. The words of whatever is
   * around ipvsadm say nothing about a listing that came whole.
   */
  readonly isDecisive: boolean;
}

/**
 * The complaint of a command that ended, or `undefined` without one. ipvsadm's exit code is that of the
 * last line only, so it may complain with exit code 0.
 */
export function complaintOf(
  exited: CommandResult & { readonly kind: 'exited' },
  label: string,
): Complaint | undefined {
  const lines = exited.stderr.split('\n').filter((line) => !isChatter(line));
  const stderr = lines.join('\n');
  const said = printableLines(stderr);
  if (said === '' && exited.exitCode === 0) return undefined;
  const known = knownComplaint(stderr);
  const failure: Failure = {
    kind: known?.kind ?? 'director',
    what:
      said === '' ? `\`${label}\` ended with exit code ${exited.exitCode}` : `${label}: ${said}`,
    next: known?.next ?? `Run \`${label} -Ln\` by hand.`,
    code: noIpVs.test(stderr) ? 'no-ip-vs' : undefined,
  };
  return { failure, isDecisive: exited.exitCode !== 0 || lines.some(isOfIpvsadm) };
}

/** The complaint of ipvsadm that decides alone, whatever else ipvsadm complains of. */
const noIpVs = /Protocol not available/;
