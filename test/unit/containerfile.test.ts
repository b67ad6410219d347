import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readLine } from '../../src/commands/command-line/read-line.ts';
import { commandTable } from '../../src/commands/program.ts';

const read = (file: string): string =>
  readFileSync(fileURLToPath(new URL(`../../packaging/${file}`, import.meta.url)), 'utf8');

const text = read('Containerfile');
/** Instructions with their arguments, lines that go on as one. */
const instructions = text
  .replace(/^#.*\n/gm, '')
  .replace(/\\\n\s*/g, '')
  .split('\n')
  .flatMap((line) => [/^([A-Z]+) (.*)$/.exec(line)?.slice(1) ?? []])
  .filter((found): found is [string, string] => found.length === 2);
const argumentsOf = (name: string): readonly string[] =>
  instructions.filter(([instruction]) => instruction === name).map(([, rest]) => rest);

const commandOf = (words: readonly string[]): string | undefined => {
  const context = { version: '0', variables: {}, columns: 80, out: () => {} };
  const line = readLine(words, commandTable, context);
  return line.kind === 'call' ? line.row.name : undefined;
};

describe('the container file', () => {
  it('has all instructions read by this test, and names a release of its base', () => {
    const lines = text.replace(/\\\n\s*/g, '').split('\n');
    const others = lines.filter((line) => line !== '' && !line.startsWith('#'));
    expect(others).toHaveLength(instructions.length);
    expect(argumentsOf('FROM')).toEqual(['debian:trixie-slim']);
  });

  it('copies nothing but the deb, by the name that npm run package gives it', () => {
    expect(argumentsOf('COPY')).toEqual(['packages/drain_*.deb /tmp/']);
    expect(read('deb.js')).toMatch(/`drain_\$\{manifest\.version\}_\$\{architecture\}\.deb`/);
    expect(argumentsOf('RUN').join('\n')).toContain('/tmp/drain_*.deb ipvsadm');
  });

  it('runs a command of drain, as the call in its head does', () => {
    expect(argumentsOf('ENTRYPOINT').map((one) => JSON.parse(one))).toEqual([['/usr/bin/drain']]);
    const [command = '[]'] = argumentsOf('CMD');
    expect(commandOf(JSON.parse(command))).toBe('serve');
    const [, call = ''] = /podman run [\s\S]*? drain (guard \S+)$/m.exec(text) ?? [];
    expect(commandOf(call.split(' '))).toBe('guard');
  });
});
