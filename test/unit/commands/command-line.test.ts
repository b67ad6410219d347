import { describe, expect, it } from 'vitest';
import { type ReadLine, readLine } from '../../../src/commands/command-line/read-line.ts';
import { takes } from '../../../src/commands/command-line/row-options.ts';
import { commandTable } from '../../../src/commands/program.ts';
import type { OptionName } from '../../../src/config/options/options.ts';

type Variables = Readonly<Record<string, string | undefined>>;

interface Outcome {
  readonly line: ReadLine;
  readonly printed: string;
}

const words = (text: string): readonly string[] => (text === '' ? [] : text.split(' '));

function read(text: string, variables: Variables = {}): Outcome {
  let printed = '';
  const out = (more: string) => {
    printed += more;
  };
  const context = { version: '1.2.3', variables, columns: 80, out };
  return { line: readLine(words(text), commandTable, context), printed };
}

/** Which command a line calls, with which options and words. */
function called(text: string, variables: Variables = {}) {
  const { line } = read(text, variables);
  if (line.kind !== 'call') throw new Error(`${text}: ${JSON.stringify(line)}`);
  const { given, operands, command } = line.input;
  const options = Object.fromEntries([...given].map(([name, { values }]) => [name, values]));
  return { name: line.row.name, options, operands, ...(command ? { command } : {}) };
}

function refusal(text: string, variables: Variables = {}): string {
  const { line } = read(text, variables);
  if (line.kind !== 'refused') throw new Error(`${text}: ${JSON.stringify(line)}`);
  const { kind, what, where, next } = line.failure;
  expect(kind).toBe('usage');
  return [what, where, next].filter((part) => part !== undefined).join(' | ');
}

describe('the name of a command', () => {
  it.each([
    ['--state status status', 'status', { state: ['status'] }, []],
    ['--state=status status', 'status', { state: ['status'] }, []],
    ['status --state status', 'status', { state: ['status'] }, []],
    ['--state status', undefined, { state: ['status'] }, []],
    ['status status', 'status', {}, ['status']],
    ['resume resume', 'resume', {}, ['resume']],
    ['--dry-run apply f', 'apply', { dryRun: ['true'] }, ['f']],
    ['-o plan plan', 'plan', { out: ['plan'] }, []],
    ['-oplan plan', 'plan', { out: ['plan'] }, []],
    ['--out=x plan', 'plan', { out: ['x'] }, []],
    ['--state a resume --output json ID --config c', 'resume', undefined, ['ID']],
    ['-- status', 'status', {}, []],
    ['--state x -- status --watch', 'status', undefined, ['--watch']],
    ['status -- --state', 'status', {}, ['--state']],
    ['--force out a b', 'out', { force: ['true'] }, ['a', 'b']],
    ['out a --force b', 'out', { force: ['true'] }, ['a', 'b']],
    ['--director a --director b doctor --director c', 'doctor', { director: ['a', 'b', 'c'] }, []],
    ['--over 5m plan --over 5m', 'plan', { over: ['5m', '5m'] }, []],
    ['', undefined, {}, []],
  ])('%s', (text, name, options, operands) => {
    const line = called(text);
    expect(line).toMatchObject({ name, operands });
    if (options) expect(line.options).toEqual(options);
  });
});

describe('the command of drain around', () => {
  const command = ['ssh', '--over', '1s', 'status'];
  const rest = '-- ssh --over 1s status';

  it.each([
    `--state DIR around a b ${rest}`,
    `around --state DIR a b ${rest}`,
    `around a b --state DIR ${rest}`,
    `--state=DIR -- around a b ${rest}`,
  ])('is all that stands behind -- in %s', (text) => {
    expect(called(text)).toEqual({
      name: 'around',
      options: { state: ['DIR'] },
      operands: ['a', 'b'],
      command,
    });
  });

  it('may hold another --', () => {
    expect(called('around a -- x -- y').command).toEqual(['x', '--', 'y']);
  });

  it('is none where nothing stands there, which the command refuses itself', () => {
    expect(called('around a')).not.toHaveProperty('command');
    expect(called('around a --')).not.toHaveProperty('command');
  });
});

describe('what a command does not know', () => {
  it.each([
    ['--from A --to B status', "unknown option '--from' | drain status --help lists"],
    ['--from A status', "unknown option '--from' | drain status --help"],
    ['status --from A', "unknown option '--from' | drain status --help"],
    ['--dry-run status', "unknown option '--dry-run' | drain status"],
    ['--yes history', "unknown option '--yes'"],
    ['--nope status', "unknown option '--nope' | drain status"],
    ['--nope value status', "unknown option '--nope' | drain --help"],
    ['--ovr 5m', "unknown option '--ovr' (did you mean --over?)"],
    ['--sta x status', "unknown option '--sta'"],
    ['--yes=1 apply f', "unknown option '--yes=1'"],
    ['-x', "unknown option '-x'"],
    ['-o f --from a --to b', "unknown option '-o'"],
    ['stauts', "unknown command 'stauts' (did you mean status?)"],
    ['hlep', "unknown command 'hlep' (did you mean help?)"],
    ['verison', "unknown command 'verison' (did you mean version?)"],
    ['--state x stauts --output json', "unknown command 'stauts'"],
    ['--from A --to B C', "unknown command 'C'"],
    ['--from A B plan', "unknown command 'B'"],
    ['Status', "unknown command 'Status'"],
    ['-- --state', "unknown command '--state'"],
    ['-- --help', "unknown command '--help'"],
    ['-5', 'unexpected word "-5"'],
    ['plan ad 10.0.0.1', 'unexpected word "10.0.0.1" (did you mean plan add?)'],
    ['rollback A B', 'unexpected word "B" | drain rollback --help'],
    ['--state x apply a b', 'unexpected word "b"'],
    ['plan --from A B C', 'unexpected word "C"'],
    ['doctor --from A B', 'unexpected word "B"'],
    ['history x', 'unexpected word "x"'],
    ['rollback', "missing required argument 'id'"],
    ['--state x out', "missing required argument 'servers'"],
    ['status --state', "option '--state <place>' argument missing"],
  ])('is refused: %s', (text, says) => {
    expect(refusal(text)).toContain(says);
  });

  it('and has an escape sequence in it is shown harmlessly', () => {
    expect(refusal('\u001b[2J')).toContain("'\\x1b[2J'");
    expect(refusal('plan --\u001b[2J')).toContain("'--\\x1b[2J'");
    expect(refusal('--over \u001b plan --over 5m')).toContain('"\\x1b" and "5m"');
  });
});

describe('an option that would be lost', () => {
  it.each([
    ['--from a --to b --report --dry-run', '--report has no value: --dry-run behind it'],
    ['status --state --output json', 'write --state=--output'],
    ['--state -- status', '--state has no value: -- behind it'],
    ['plan -o --yes', 'write --out=--yes'],
    ['around a --over -- x', '--over has no value'],
    ['--state --help', '--state has no value: --help'],
    ['--report --over=5m', '--report has no value: --over=5m'],
    ['--over 5m plan --over 6m', 'two values for one option: "5m" and "6m" | --over'],
    ['--check tcp plan --check http://a/', '"tcp" and "http://a/" | --check'],
    ['-o a plan --out b', '"a" and "b" | --out'],
  ])('is refused: %s', (text, says) => {
    expect(refusal(text)).toContain(says);
  });

  it('of two on one side the last one counts', () => {
    expect(called('--over 4s --from a --over 60s').options.over?.at(-1)).toBe('60s');
    expect(called('plan --over 4s --over 60s').options.over?.at(-1)).toBe('60s');
  });

  it('is a value where it is written as one', () => {
    expect(called('--state=--yes status').options).toEqual({ state: ['--yes'] });
    expect(called('plan --gate-command -x').options).toEqual({ gateCommand: ['-x'] });
  });
});

describe('help and version', () => {
  it.each([
    'status --help',
    '--state X status --help',
    '--help status',
    'status -h --state X',
    'help status',
    'help status --help',
    '--nope status --help',
    'status a b c --help',
  ])('of a command: %s', (text) => {
    const { line, printed } = read(text);
    expect(line).toEqual({ kind: 'answered' });
    expect(printed).toMatch(/^Usage: drain status \[options\] \[id\]\n/);
  });

  it.each(['--help', '-h', 'help', '--state X --help', 'help help', '--from A --help'])(
    'of drain itself: %s',
    (text) => {
      const { line, printed } = read(text);
      expect(line).toEqual({ kind: 'answered' });
      expect(printed).toMatch(/^Usage: drain --from OLD/);
    },
  );

  it.each(['--version', '-V', 'status --version', '--state X status -V', '--version plan'])(
    'the version: %s',
    (text) => {
      expect(read(text)).toEqual({ line: { kind: 'answered' }, printed: '1.2.3\n' });
    },
  );

  it('of what is no command is refused', () => {
    expect(refusal('help stauts')).toContain('did you mean status?');
    expect(refusal('stauts --help')).toContain('did you mean status?');
  });
});

describe('--keep', () => {
  it('is a flag but for prune, on either side of the name', () => {
    const asked = { name: 'prune', options: { keep: ['30d'] }, operands: [] };
    for (const text of ['prune --keep 30d', '--keep 30d prune', '--keep=30d prune']) {
      expect(called(text), text).toEqual(asked);
    }
    expect(called('--keep plan a.yaml')).toMatchObject({ name: 'plan', operands: ['a.yaml'] });
    expect(refusal('--keep a plan')).toContain("unknown command 'a'");
  });
});

describe('of all commands', () => {
  const commands = commandTable.groups.flatMap((group) => group.commands);
  const knowing = (option: OptionName) =>
    commands.filter((row) => takes(row, option)).map(({ name }) => name);

  it('those that change something accept --yes, and plan and doctor for they take what a rollout takes', () => {
    const changing = [
      'abandon',
      'add',
      'apply',
      'pause',
      'continue',
      'resume',
      'promote',
      'rollback',
      'out',
      'in',
      'around',
      'prune',
      'freeze',
      'unfreeze',
      'weight',
      'keepalived set',
      'keepalived remove',
      'keepalived resume',
    ];
    const plans = ['plan', 'plan out', 'plan add', 'plan weight'];
    expect(knowing('yes').toSorted()).toEqual(
      [...changing, ...plans, 'guard', 'kube', 'doctor'].toSorted(),
    );
    expect(commandTable.mainForm.options).toContain('yes');
  });

  it('each accepts --output, for each prints something', () => {
    expect(knowing('output')).toEqual(commands.map(({ name }) => name));
  });

  it('those with a store accept --state and --config', () => {
    const withStore = commands.map(({ name }) => name).filter((name) => !name?.startsWith('demo'));
    expect(knowing('state')).toEqual(withStore);
    expect(knowing('config')).toEqual(withStore);
  });
});

describe('a variable of the environment', () => {
  const variables = { DRAIN_STATE: '/s', DRAIN_CONFIG: 'c.yaml', DRAIN_OUTPUT: 'json' };

  it('stands for the option of its name, which wins over it', () => {
    expect(called('--output plain status', variables).options).toEqual({
      state: ['/s'],
      config: ['c.yaml'],
      output: ['plain'],
    });
  });

  it('is as if unset where it is empty', () => {
    expect(called('status', { DRAIN_STATE: '', DRAIN_OUTPUT: undefined }).options).toEqual({});
  });

  it('is left alone by a command without such an option', () => {
    expect(called('demo', variables).options).toEqual({ output: ['json'] });
  });

  it('says its name where its value is wrong', () => {
    const { line } = read('status', { DRAIN_STATE: 'etcd://' });
    if (line.kind !== 'call') throw new Error('not called');
    expect(line.input.given.get('state')).toEqual({
      values: ['etcd://'],
      where: 'DRAIN_STATE',
      layer: 'environment',
    });
  });

  it('tells a refusal in the form that was asked for', () => {
    const { line } = read('status --nope', variables);
    if (line.kind !== 'refused') throw new Error('not refused');
    expect(line.given.get('output')?.values).toEqual(['json']);
  });
});
