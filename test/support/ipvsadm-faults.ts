import type { CommandResult } from '../../src/rollout/ports.ts';

export type Exited = Extract<CommandResult, { readonly kind: 'exited' }>;

/** A call of ipvsadm to which something happens. */
export interface FaultyCall {
  readonly stdin: string;
  /** Has the command do these lines of its input, and answer. */
  run(stdin: string): Exited;
}

interface Fault {
  /** Which of the edits are made; `-R` makes them one by one. */
  readonly makes: 'none' | 'half' | 'all';
  /** What the caller sees, from what the command would have printed. */
  readonly answer: (stdout: string) => CommandResult;
}

const exited = (stdout: string, stderr = '', exitCode = 0): Exited => ({
  kind: 'exited',
  exitCode,
  stdout,
  stderr,
});

const timedOut = { kind: 'timed-out', afterMs: 10_000 } as const;
const killed = { kind: 'killed', signal: 'SIGKILL', stderr: '' } as const;
const missing = {
  kind: 'not-started',
  reason: 'not-found',
  message: 'spawn ipvsadm ENOENT',
} as const;
const outOfMemory = 'Memory allocation problem\n';
const denied = "Can't initialize ipvs: Permission denied (you must be root)\n";

const faults = {
  fails: { makes: 'none', answer: () => exited('', outOfMemory, 255) },
  'fails-afterwards': { makes: 'all', answer: (stdout) => exited(stdout, outOfMemory) },
  'is-denied': { makes: 'none', answer: () => exited('', denied, 2) },
  'is-missing': { makes: 'none', answer: () => missing },
  'says-gone': { makes: 'none', answer: () => exited('', 'No such destination\n', 255) },
  'is-silent': { makes: 'none', answer: () => exited('') },
  'is-silent-afterwards': { makes: 'all', answer: () => exited('') },
  hangs: { makes: 'none', answer: () => timedOut },
  'hangs-midway': { makes: 'half', answer: () => timedOut },
  'hangs-afterwards': { makes: 'all', answer: () => timedOut },
  'is-killed': { makes: 'none', answer: () => killed },
  'is-killed-midway': { makes: 'half', answer: () => killed },
  'prints-garbage': { makes: 'all', answer: (stdout) => exited(garbage(stdout.length + 64)) },
  'prints-escapes': { makes: 'all', answer: (stdout) => exited(`\u001b]0;x\u0007${stdout}`) },
  'prints-megabytes': { makes: 'all', answer: (stdout) => exited(stdout + rows) },
  'stops-between-lines': { makes: 'all', answer: (stdout) => exited(cutBetweenLines(stdout)) },
  'stops-in-a-line': { makes: 'all', answer: (stdout) => exited(cutInLine(stdout)) },
  'loses-its-end': { makes: 'all', answer: (stdout) => exited(withoutLastLine(stdout)) },
} as const satisfies Readonly<Record<string, Fault>>;

export type FaultKind = keyof typeof faults;

export const faultKinds = Object.keys(faults) as readonly FaultKind[];

/** What the table holds is known whatever the answer: nothing was changed. */
export const faultsWithoutEffect = faultKinds.filter((kind) => faults[kind].makes === 'none');

/** What the caller of ipvsadm sees when this happens to it; the edits are made as the kind says. */
export function faultyAnswer(kind: FaultKind, { stdin, run }: FaultyCall): CommandResult {
  const { makes, answer }: Fault = faults[kind];
  switch (makes) {
    case 'none':
      return answer('');
    case 'half': {
      const half = firstHalfOfEdits(stdin);
      return answer(half === '' ? '' : run(half).stdout);
    }
    case 'all':
      return answer(run(stdin).stdout);
  }
}

export const isEdit = (line: string): boolean => /^-[eadE] /.test(line);

function firstHalfOfEdits(stdin: string): string {
  const edits = stdin.split('\n').filter(isEdit);
  return asText(edits.slice(0, Math.floor(edits.length / 2)));
}

const linesOf = (text: string): readonly string[] => text.split('\n').slice(0, -1);
const asText = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

function cutBetweenLines(text: string): string {
  const lines = linesOf(text);
  return asText(lines.slice(0, Math.floor(lines.length / 2)));
}

function cutInLine(text: string): string {
  const half = text.slice(0, Math.floor(text.length / 2));
  return half.endsWith('\n') ? half.slice(0, -1) : half;
}

const withoutLastLine = (text: string): string => asText(linesOf(text).slice(0, -1));

/** Every byte there is, newlines and all, and the same each time. */
const garbage = (length: number): string =>
  Array.from({ length }, (_, index) => String.fromCharCode((index * 167 + 13) % 256)).join('');

const rows = '  -> 10.0.0.1:80                  Masq    1      0          0         \n'.repeat(
  30_000,
);
