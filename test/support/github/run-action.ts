import { cp, mkdir, mkdtemp, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { parse } from 'yaml';
import { type GitHubParser, loadGitHubParser } from './parser.ts';
import { readOutputs } from './runner-reads.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The parts of action.yml that a runner carries out. */
interface ActionFile {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly steps: readonly ActionStep[] };
}

interface ActionStep {
  readonly id?: string;
  readonly run: string;
  readonly shell: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface ActionCall {
  readonly with: Readonly<Record<string, string>>;
  /** As `env:` of the step that uses the action; PATH with Node is there without it. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface ActionEnd {
  /** `undefined` when it was killed. */
  readonly exitCode: number | undefined;
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
}

export interface RunningAction {
  /** To the process that the runner has started for the step in hand, and to no other. */
  signal(signal: NodeJS.Signals): void;
  /** The outputs so far of the step in hand. */
  stepOutputs(): Promise<Readonly<Record<string, string>>>;
  log(): string;
  readonly ended: Promise<ActionEnd>;
}

/** A folder of a runner: the clone of the action in it, and a workspace. */
export interface ActionRunner {
  readonly workspace: string;
  readonly clone: string;
  start(call: ActionCall): RunningAction;
  run(call: ActionCall): Promise<ActionEnd>;
}

const sources = [
  ...['action.yml', '.github', 'package.json', 'package-lock.json'],
  ...['bin', 'build', 'src'],
];

/** What is checked out, with its build where it has one. */
export async function cloneAction(folder: string, parts: readonly string[]): Promise<string> {
  const clone = join(folder, '_actions', 'owner', 'drain', 'v1');
  for (const part of [...sources, ...parts]) {
    await cp(join(root, part), join(clone, part), { recursive: true });
  }
  if (parts.includes('dist')) {
    await utimes(join(clone, 'dist/drain.chunks'), new Date(), new Date());
  }
  return clone;
}

export async function openRunner(folder: string, clone: string): Promise<ActionRunner> {
  const workspace = await mkdtemp(join(folder, 'workspace-'));
  const action = parse(await readFile(join(clone, 'action.yml'), 'utf8')) as ActionFile;
  const parser = await loadGitHubParser();
  const start = (call: ActionCall) => startAction({ action, clone, workspace, parser }, call);
  return { workspace, clone, start, run: (call) => start(call).ended };
}

interface Place {
  readonly action: ActionFile;
  readonly clone: string;
  readonly workspace: string;
  readonly parser: GitHubParser;
}

/** Carries out the steps of a composite action as actions/runner does. */
function startAction(place: Place, { with: given, env = {} }: ActionCall): RunningAction {
  const { action, clone, workspace, parser } = place;
  const inputs = Object.fromEntries(
    Object.entries(action.inputs).map(([name, input]) => [
      name,
      given[name] ?? input.default ?? '',
    ]),
  );
  const steps: Record<string, { readonly outputs: Readonly<Record<string, string>> }> = {};
  const expand = (text: string): string =>
    text.replace(/\$\{\{(.*?)\}\}/gs, (_, expression: string) =>
      parser.evaluate(expression.trim(), { inputs, steps, github: { action_path: clone } }),
    );
  let child: { kill(signal: NodeJS.Signals): boolean } | undefined;
  let outputFile: string | undefined;
  let log = '';
  const stepOutputs = async () =>
    outputFile ? readOutputs(await readFile(outputFile, 'utf8')) : {};

  const runStep = async (step: ActionStep): Promise<{ exitCode?: number; summary: string }> => {
    const files = await mkdtemp(join(workspace, '..', 'step-'));
    const file = (name: string) => join(files, name);
    await mkdir(file('temp'));
    const script = file('script.sh');
    await writeFile(script, expand(step.run));
    for (const name of ['output', 'summary']) await writeFile(file(name), '');
    const own = Object.entries(step.env ?? {}).map(([name, value]) => [name, expand(value)]);
    outputFile = file('output');
    // `shell: bash` of the runner; nothing of this process' environment but PATH.
    const started = execa('bash', ['--noprofile', '--norc', '-e', '-o', 'pipefail', script], {
      cwd: workspace,
      extendEnv: false,
      env: {
        PATH: process.env.PATH ?? '',
        HOME: workspace,
        // Sites of tests have tables of one name on one machine.
        DRAIN_RUN_DIR: process.env.DRAIN_RUN_DIR ?? '',
        CI: 'true',
        GITHUB_ACTIONS: 'true',
        GITHUB_ACTOR: 'octocat',
        GITHUB_REPOSITORY: 'owner/site',
        GITHUB_RUN_ID: '42',
        GITHUB_WORKSPACE: workspace,
        GITHUB_ACTION_PATH: clone,
        GITHUB_OUTPUT: file('output'),
        GITHUB_STEP_SUMMARY: file('summary'),
        RUNNER_TEMP: file('temp'),
        RUNNER_TOOL_CACHE: join(workspace, '..', 'tools'),
        ...env,
        ...Object.fromEntries(own),
      },
      stdin: 'ignore',
      all: true,
      reject: false,
      timeout: 60_000,
    });
    child = started;
    started.all?.setEncoding('utf8').on('data', (chunk: string) => {
      log += chunk;
    });
    const { exitCode } = await started;
    if (step.id !== undefined) steps[step.id] = { outputs: await stepOutputs() };
    const summary = await readFile(file('summary'), 'utf8');
    return { ...(exitCode === undefined ? {} : { exitCode }), summary };
  };

  const runSteps = async (): Promise<ActionEnd> => {
    let summary = '';
    let exitCode: number | undefined = 0;
    for (const step of action.runs.steps) {
      const end = await runStep(step);
      summary += end.summary;
      exitCode = end.exitCode;
      if (exitCode !== 0) break;
    }
    // Also of an action that has failed.
    const outputs = Object.entries(action.outputs).flatMap(([name, { value }]) => {
      const text = expand(value);
      return text === '' ? [] : [[name, text] as const];
    });
    return { exitCode, log, outputs: Object.fromEntries(outputs), summary };
  };
  return {
    signal: (signal) => void child?.kill(signal),
    stepOutputs,
    log: () => log,
    ended: runSteps(),
  };
}
