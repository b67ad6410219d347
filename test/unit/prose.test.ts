import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../src', import.meta.url));

/** Files that may read a sentence, and why. Everybody else asks a tag that stands beside it. */
const readers: Readonly<Record<string, string>> = {
  'ipvs/complaints.ts': 'the words of ipvsadm and of what is around it, which become a kind here',
  'ipvs/command-failure.ts': 'the words of ipvsadm that become a code',
  'ipvs/ssh/ssh-failure.ts': 'the words of ssh',
  'http/network-error.ts': 'the words of Node, of its HTTP parser and of OpenSSL',
  'files/yaml-source.ts': 'the first line of what the YAML parser says',
  'store/etcd/gateway/trouble.ts': 'the words of etcd',
  'commands/command-line/read-line.ts': 'the words of commander, put into the form of ours',
  'store/old-sentences.ts': 'entries that were written before there were tags',
  'kube/cluster/read-node.ts': 'the message of the kubelet, which has no other word for a shutdown',
  'domain/places/director-access.ts': 'the value of --director, which is called `where` on disk',
  'reporters/text/headed.ts': 'says no word twice; decides about that sentence alone',
  'daemons/troubles.ts': 'says a sentence again when it has become another',
  'commands/rollouts/watch-status.ts': 'says a sentence once',
  'reporters/tty-reporter.ts': 'says a sentence once',
};

const names = '(?:message|what|detail|reason|where|next|why|said|sentence|stderr)';
const proper = '(?:message|what|detail|where|next|said|sentence|stderr)';

/** A sentence is looked into, or compared with another or with words that are no tag. */
const reading: readonly RegExp[] = [
  new RegExp(
    `\\b${names}\\??\\.(?:startsWith|endsWith|includes|match|matchAll|search|indexOf|replace|split)\\(`,
  ),
  new RegExp(`\\.(?:test|exec|has)\\([^()]*\\b${names}\\b[^(]*\\)`),
  new RegExp(`\\b${proper} (?:===|!==) '[^']`),
  new RegExp(`(?:===|!==) \\w+\\.${proper}\\b|\\.${proper} (?:===|!==) [a-z]\\w*[ ;)](?!\\?)`),
  // A reason may be a tag in kebab-case.
  new RegExp(`\\b${names} (?:===|!==) '(?![a-z0-9-]+')[^']`),
  /(?:===|!==|\bcase) '[^' ]+ [^']*'/,
];

const isReading = (line: string): boolean =>
  !/^\s*(?:\/?\*|\/\/)/.test(line) && reading.some((pattern) => pattern.test(line));

const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file))
  .map((file) => ({ file, lines: readFileSync(join(root, file), 'utf8').split('\n') }));

describe('a sentence for people', () => {
  it('is read by nobody but those who are named here', () => {
    const found = sources
      .filter(({ file }) => !(file in readers))
      .flatMap(({ file, lines }) =>
        lines.filter(isReading).map((line) => `${file}: ${line.trim()}`),
      );
    expect(found).toEqual([]);
  });

  it.each(Object.keys(readers))(
    'is still read by %s, which would not have to be named',
    (reader) => {
      const found = sources.find(({ file }) => file === reader);
      expect(found?.lines.some(isReading)).toBe(true);
    },
  );
});

describe('this test', () => {
  it.each([
    "  given.get('from')?.where.startsWith('--') === false;",
    '  const failure = !askedFor.test(event.reason);',
    "      const isFirst = event.reason.startsWith('resumed');",
    "  const newer = error instanceof Error && error.message.startsWith('a newer');",
    '  const saysSo = /Protocol not available/.test(what);',
    "  const why = isGate && phase.reason !== 'asked to' ? phase.reason : '';",
    "    if (event.type === 'finished' && event.message === lastReason) {",
    '    if (last.get(subject) === failure.what) return;',
    "    if (this.phase === 'under way') this.enter('ramp');",
    "    case 'going back':",
    "  if (reason === 'SIGINT') return 0;",
  ])('sees %s', (line) => {
    expect(isReading(line)).toBe(true);
  });

  it.each([
    "  if (reason === 'operator') return;",
    "  if (event.reason === 'not-found') return;",
    '      what: `it cannot be read`,',
    "  // Whoever reads message.startsWith('x') reads prose.",
    "  if (said === '' && exitCode === 0) return;",
  ])('lets %s pass', (line) => {
    expect(isReading(line)).toBe(false);
  });
});
