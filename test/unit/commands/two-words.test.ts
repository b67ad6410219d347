import { describe, expect, it } from 'vitest';
import { readLine } from '../../../src/commands/command-line/read-line.ts';
import { commandTable as table } from '../../../src/commands/program.ts';
import { wantedAt } from '../../../src/commands/tools/completion/wanted.ts';

function called(text: string) {
  const context = { version: '1', variables: {}, columns: 80, out: () => {} };
  const line = readLine(text.split(' '), table, context);
  if (line.kind !== 'call') throw new Error(JSON.stringify(line));
  const { given, operands } = line.input;
  const options = Object.fromEntries([...given].map(([name, { values }]) => [name, values.at(-1)]));
  return [line.row.name, operands, options];
}

describe('a command of two words', () => {
  it.each([
    ['kube wait n1', ['kube wait', ['n1'], {}]],
    ['kube wait n1 f.yaml --timeout 5m', ['kube wait', ['n1', 'f.yaml'], { timeout: '5m' }]],
    ['--state s kube wait n1', ['kube wait', ['n1'], { state: 's' }]],
    ['kube --timeout 5m wait n1', ['kube wait', ['n1'], { timeout: '5m' }]],
    ['kube manifests', ['kube manifests', [], {}]],
    ['kube f.yaml', ['kube', ['f.yaml'], {}]],
    ['kube ./wait', ['kube', ['./wait'], {}]],
  ])('%s', (text, expected) => {
    expect(called(text)).toEqual(expected);
  });

  it('is completed word by word', () => {
    const values = (...words: readonly string[]) =>
      wantedAt(table, words).fixed.map(({ value }) => value);
    expect(values('ku').filter((one) => one.startsWith('ku'))).toEqual(['kube']);
    expect(values('kube', '')).toEqual(['manifests', 'wait']);
    expect(values('kube', 'wait', '--')).toContain('--timeout');
    expect(wantedAt(table, ['kube', 'wait', 'n1', '']).looked).toEqual(['files']);
  });
});
