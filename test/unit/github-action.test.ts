import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { optionSpecs } from '../../src/config/options/option-specs.ts';
import { type GitHubParser, loadGitHubParser } from '../support/github/parser.ts';
import { hostileTexts } from '../support/hostile-texts.ts';

const fileAt = (path: string): URL => new URL(`../../${path}`, import.meta.url);
const text = (path: string): string => readFileSync(fileAt(path), 'utf8');
const actionText = text('action.yml');
const action = parse(actionText);
const inputs: readonly string[] = Object.keys(action.inputs);

interface Read {
  readonly argv?: readonly string[];
  readonly mistake?: string;
}

let parser: GitHubParser;
let argumentsOf: (inputs: Readonly<Record<string, string>>) => Read;
beforeAll(async () => {
  parser = await loadGitHubParser();
  ({ argumentsOf } = await import(fileAt('.github/action/arguments.js').href));
});

const kebab = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Inputs that are no options of a rollout. */
const ownInputs = [
  ...['command', 'plan', 'start-at', 'save', 'rollout', 'servers', 'force', 'override'],
  ...['run', 'batch', 'out-over', 'command-timeout'],
];
/** Options that are no inputs: off a terminal nothing is asked. */
const notInputs = ['yes'];

describe('action.yml', () => {
  it('is what GitHub takes for an action', () => {
    expect(parser.examineAction('action.yml', actionText)).toEqual([]);
  });

  it.each([
    ['a field that there is not', 'shell: bash', 'shel: bash'],
    ['an expression that does not end', 'toJSON(inputs)', 'toJSON(inputs'],
    ['a context that an action has not', 'toJSON(inputs)', 'secrets.token'],
    ['a kind that there is not', 'using: composite', 'using: composit'],
  ])('would be refused with %s', (_, from, to) => {
    const broken = actionText.replace(from, to);
    expect(broken).not.toBe(actionText);
    expect(parser.examineAction('action.yml', broken)).not.toEqual([]);
  });

  it('has every option of a rollout as an input, and no other', () => {
    const options = optionSpecs.map(({ name }) => kebab(name));
    const expected = [...options.filter((name) => !notInputs.includes(name)), ...ownInputs];
    expect(inputs.toSorted()).toEqual([...expected, 'check-timeout'].toSorted());
  });

  it('gives no input to a shell', () => {
    for (const { run } of action.runs.steps) expect(run).not.toContain('${{');
  });

  it('lets drain be the process that the runner signals', () => {
    expect(action.runs.steps.at(-1).run).toMatch(/^exec node "[^"]+"\s*$/);
  });
});

describe('the inputs as arguments', () => {
  it.each(optionSpecs.filter(({ name }) => !notInputs.includes(name)))(
    'have $name as the command line takes it',
    ({ name, kind }) => {
      const input = kebab(name);
      if (kind === 'flag') {
        expect(argumentsOf({ [input]: 'true' })).toEqual({ argv: [`--${input}`] });
        expect(argumentsOf({ [input]: 'false' })).toEqual({ argv: [] });
        expect(argumentsOf({ [input]: 'yes' }).mistake).toBeDefined();
        return;
      }
      const [one, two] = [`--${input}=-x y`, `--${input}=$(z)`];
      if (kind === 'list' || kind.startsWith('gate-')) {
        const lines = argumentsOf({ [input]: '\n-x y\r\n  $(z) \n' });
        expect(lines).toEqual({ argv: [one, two] });
      } else {
        expect(argumentsOf({ [input]: ' -x y ' })).toEqual({ argv: [one] });
      }
      expect(argumentsOf({ [input]: ' \n' })).toEqual({ argv: [] });
    },
  );

  it.each([
    [
      { command: 'apply', plan: 'my plan.yaml', over: '1m' },
      ['apply', '--over=1m', 'my plan.yaml'],
    ],
    [{ command: 'plan', from: 'a', to: 'b', save: 'p' }, ['plan', '--from=a', '--to=b', '--out=p']],
    [{ command: 'out', servers: 'a, b\nc', force: 'true' }, ['out', '--force', 'a', 'b', 'c']],
    [
      { command: 'add', servers: 'a, b=5', service: 'tcp/10.0.0.100:80', over: '2m' },
      ['add', '--service=tcp/10.0.0.100:80', '--over=2m', 'a', 'b=5'],
    ],
    [{ command: 'plan weight', servers: 'a=5', save: 'p' }, ['plan', 'weight', '--out=p', 'a=5']],
    [{ command: 'weight', servers: 'a=0', force: 'true' }, ['weight', '--force', 'a=0']],
    [{ command: 'rollback', rollout: '2026-1', over: '' }, ['rollback', '2026-1']],
    [{ command: 'plan', plan: 'canary.yaml' }, ['plan', 'canary.yaml']],
    [{ command: 'status' }, ['status']],
    [{ command: 'status', rollout: '2026-1', state: '/s' }, ['status', '--state=/s', '2026-1']],
    [
      { command: 'report', rollout: '2026-1', save: 'r.html' },
      ['report', '--out=r.html', '2026-1'],
    ],
    [
      { command: 'around', servers: 'a b', batch: '2', run: 'ssh {address} --reboot' },
      ['around', '--batch=2', 'a', 'b', '--', 'ssh', '{address}', '--reboot'],
    ],
    [
      { command: 'around', servers: 'a', run: './restart\n--why\nfor a deploy\n' },
      ['around', 'a', '--', './restart', '--why', 'for a deploy'],
    ],
    [{ command: '', from: 'a' }, ['--from=a']],
  ])('%j are those of that command', (given, argv) => {
    expect(argumentsOf(given as unknown as Record<string, string>)).toEqual({ argv });
  });

  it.each([
    [{ command: 'demo' }, 'command is none of'],
    [{ command: 'constructor' }, 'command is none of'],
    [{ command: 'resume' }, 'rollout is missing for the command resume'],
    [{ command: 'report' }, 'rollout is missing for the command report'],
    [{ command: 'around', servers: 'a' }, 'run is missing for the command around'],
    [{ command: 'resume', rollout: '--all' }, 'rollout begins with a dash'],
    [{ command: 'out', servers: 'a --force' }, 'servers begins with a dash'],
  ])('%j are a mistake', (given, mistake) => {
    expect(argumentsOf(given as unknown as Record<string, string>).mistake).toContain(mistake);
  });

  it('stay one argument each, whatever they hold', () => {
    for (const [, hostile] of hostileTexts) {
      const { argv = [] } = argumentsOf({ over: hostile });
      expect(argv).toEqual(hostile.trim() === '' ? [] : [`--over=${hostile.trim()}`]);
    }
  });
});

const examples = readdirSync(fileAt('.github/examples'));
const workflows = ['deploy.yml', 'roll-back.yml', 'hosted-runner.yml', 'pull-request.yml'];

describe('the examples', () => {
  it('are all known to these tests', () => {
    expect(examples).toEqual([
      ...['deploy.sh', 'deploy.yml', 'gitlab-ci.yml', 'hand-over.tf', 'hosted-runner.yml'],
      ...['pull-request.yml', 'roll-back.yml', 'rolling.yaml'],
    ]);
  });

  it.each(workflows)('%s is a workflow that GitHub takes', (name) => {
    const path = `.github/examples/${name}`;
    expect(parser.examineWorkflow(name, text(path))).toEqual([]);
    const broken = text(path).replace('runs-on', 'run-on');
    expect(parser.examineWorkflow(name, broken)).not.toEqual([]);
  });

  it.each(workflows)('%s gives the action inputs that it has', (name) => {
    const { jobs } = parse(text(`.github/examples/${name}`));
    const steps = Object.values<{ steps: { uses?: string; with?: object }[] }>(jobs)
      .flatMap((job) => job.steps)
      .filter(({ uses }) => uses?.startsWith('owner/drain@'));
    expect(steps.length).toBeGreaterThan(0);
    for (const step of steps) {
      const given = Object.keys(step.with ?? {});
      expect(given.filter((input) => !inputs.includes(input))).toEqual([]);
      const read = argumentsOf(Object.fromEntries(given.map((input) => [input, 'true'])));
      expect(read.mistake ?? '').toMatch(/^$|^command is none of/);
    }
  });

  it('gitlab-ci.yml calls drain with options that it has', () => {
    const jobs = parse(text('.github/examples/gitlab-ci.yml'));
    const scripts: readonly string[] = [...jobs['hand-over'].script, ...jobs['roll-back'].script];
    const used = scripts.flatMap((script) => script.match(/ --[a-z-]+/g) ?? []);
    expect(used.length).toBeGreaterThan(7);
    const options = new Set<string>(optionSpecs.map(({ flags }) => ` ${flags.split(' ')[0]}`));
    expect(used.filter((option) => !options.has(option))).toEqual([]);
  });
});
