import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { optionsOfAll } from '../../../src/commands/command-line/row-options.ts';
import { commandTable } from '../../../src/commands/program.ts';
import { isCurl } from '../../support/docs/curl-words.ts';
import { commandNames, filesOf, mistakeIn } from '../../support/docs/drain-words.ts';
import { blocks, inlineCodeOf, isThere, pages, root } from '../../support/docs/pages.ts';
import { commandsOf, type ShellCommand } from '../../support/docs/shell-words.ts';

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const packageFile = new RegExp(
  `^\\./packages/[a-z-]+[_-]${manifest.version}(_amd64\\.deb|\\.tgz)$`,
);
const units = readdirSync(join(root, 'packaging/files/systemd'));

const scripts = blocks.filter(({ language }) => language === 'sh');
const lines = scripts.flatMap(({ page, line, text }) =>
  commandsOf(text).map((words) => ({ page, line, words })),
);

/** Files that blocks of the docs write, or show under their name. */
const shown: readonly string[] = [
  ...blocks.flatMap(({ language, text }) =>
    language === 'yaml' ? (/^# (\S+\.yaml)/.exec(text)?.[1] ?? []) : [],
  ),
  ...lines.flatMap(({ words }) =>
    words.includes('-o') ? (words[words.indexOf('-o') + 1] ?? []) : [],
  ),
];

/** The words behind `drain` of a command that calls it, in whatever way. */
function drainWordsOf(words: ShellCommand): ShellCommand | undefined {
  const [first, second] = words;
  if (first === 'drain') return words.slice(1);
  if (first === 'node' && second === 'bin/drain.js') return words.slice(2);
  if (first === 'podman' && second === 'run') return words.slice(words.lastIndexOf('drain') + 1);
  return undefined;
}

const others: Readonly<Record<string, (words: ShellCommand) => boolean>> = {
  npm: ([, verb = '', ...rest]) =>
    verb === 'run'
      ? Object.hasOwn(manifest.scripts, rest[0] ?? '')
      : verb === 'install'
        ? rest.every((word) => word === '-g' || packageFile.test(word))
        : ['ci', 'test'].includes(verb),
  npx: (words) => words.filter((word) => word.startsWith('test/')).every(isThere),
  apt: ([, verb, ...files]) => verb === 'install' && files.every((file) => packageFile.test(file)),
  podman: ([, verb, ...rest]) => verb === 'build' && isThere(rest[rest.indexOf('-f') + 1] ?? '-'),
  docker: ([, verb = '']) => ['run', 'stop', 'inspect'].includes(verb),
  ipvsadm: ([, edit = '']) => ['-A', '-a', '-E', '-e', '-Ln'].includes(edit),
  nsenter: ([, net = '', called]) => net.startsWith('--net=/') && called === 'ipvsadm',
  ip: ([, what, verb]) => what === 'address' && verb === 'add',
  sysctl: ([, flag]) => flag === '-w',
  curl: (words) => isCurl(words.slice(1)),
  systemctl: ([, , ...rest]) =>
    rest
      .filter((word) => !word.startsWith('--'))
      .every((word) => units.includes(`${word}.service`)),
  kubectl: ([, verb = '', ...rest]) =>
    rest.length > 0 && ['apply', '-n', 'label', 'delete', 'patch'].includes(verb),
  eval: ([, called]) => called !== undefined,
  alias: ([, what = '']) => what === 'drain=node $PWD/bin/drain.js',
  export: ([, what = '']) => /^DRAIN_[A-Z_]+=/.test(what),
  rm: ([, , folder = '']) => folder.startsWith('/tmp/'),
  jq: () => true,
  source: (words) => words.length === 1,
  'reboot-it': (words) => words.length === 1,
  tee: ([, ...files]) => files.length === 1,
};

describe('a command line of the docs', () => {
  it('is found at all', () => {
    expect(lines.filter(({ words }) => drainWordsOf(words)).length).toBeGreaterThan(60);
  });

  it.each(scripts.map((one) => [`${one.page}:${one.line}`, one.text] as const))(
    'at %s is one that the program takes',
    (_, text) => {
      const wrong = commandsOf(text).flatMap((words) => {
        const ofDrain = drainWordsOf(words);
        const mistake = ofDrain
          ? mistakeIn(ofDrain)
          : others[words[0] ?? '']?.(words) === true
            ? undefined
            : 'is not known here, or is wrong';
        return mistake === undefined ? [] : [`${words.join(' ')}: ${mistake}`];
      });
      expect(wrong).toEqual([]);
    },
  );

  it('reads files that the docs show or make, or that are in the repository', () => {
    const read = lines.flatMap(({ words }) => filesOf(drainWordsOf(words) ?? []));
    expect(read.length).toBeGreaterThan(5);
    // What a pattern or a folder of the machine has is nobody's to know.
    const isKnown = (file: string): boolean =>
      shown.includes(file) || isThere(file) || /\*|^\/etc\/drain\/drain\.yaml$/.test(file);
    expect(read.filter((file) => !isKnown(file))).toEqual([]);
  });
});

describe('what stands between backticks', () => {
  /** Pages for users: the others also name commands that there could be, and earlier ones. */
  const read = pages.filter(({ path }) => /^(?:docs\/|README|SECURITY)/.test(path));
  const flags = new Set(
    optionsOfAll(commandTable)
      .flatMap((spec) => spec.flags.match(/--[\w-]+/g) ?? [])
      .concat('--version', '--help'),
  );
  /** Options of others. */
  const foreign = ['--network', '--cap-add', '--project'];

  it('names commands that there are, and options that they take', () => {
    const wrong = read.flatMap((page) =>
      inlineCodeOf(page)
        .filter((code) => /^drain [a-z-]/.test(code) && !/…|\.\.\.|[[|]/.test(code))
        .flatMap((code) => commandsOf(code))
        .flatMap((words) => {
          const name = words.slice(1).join(' ');
          const isWord = words.length === 2 && !name.startsWith('-');
          const mistake = commandNames.includes(name)
            ? undefined
            : isWord
              ? 'no command'
              : mistakeIn(words.slice(1));
          return mistake === undefined ? [] : [`${page.path}: ${words.join(' ')}: ${mistake}`];
        }),
    );
    expect(wrong).toEqual([]);
  });

  it('names options that there are', () => {
    const wrong = read.flatMap((page) =>
      inlineCodeOf(page)
        .flatMap((code) => /^(--[a-z][\w-]*)/.exec(code)?.[1] ?? [])
        .filter((flag) => !flags.has(flag) && !foreign.includes(flag))
        .map((flag) => `${page.path}: ${flag}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe('these tests', () => {
  it.each([
    ['drain plan --form a --to b', 'unknown option'],
    ['drain --from a --to b --over soon', 'is no duration'],
    ['drain resum ID', 'unknown command'],
    ['drain rollback', 'missing'],
    ['drain serve --listen nowhere', 'no address'],
    ['drain in web1 --over 1', 'is no duration'],
    ['drain around web1 --batch none -- true', 'no number of servers'],
  ])('see what is wrong with %s', (text, mistake) => {
    expect(commandsOf(text).map((words) => mistakeIn(words.slice(1)) ?? 'none')).toEqual([
      expect.stringContaining(mistake),
    ]);
  });

  it('take a script apart as a shell does', () => {
    expect(commandsOf('a \'b c\'  # d\neval "$(x y)" && e \\\n  f > g; h | i\n')).toEqual([
      ['a', 'b c'],
      ['eval', '$(x y)'],
      ['e', 'f'],
      ['h'],
      ['i'],
      ['x', 'y'],
    ]);
  });
});
