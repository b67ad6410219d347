import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AroundServer,
  environmentFor,
  wordsFor,
} from '../../../src/domain/around/server-command.ts';

const v4: AroundServer = { address: '10.0.0.1', name: { address: '10.0.0.1' }, port: 80 };
const v6: AroundServer = { address: '2001:db8::1', name: { address: '2001:db8::1' }, port: 80 };
const { port: _, ...manyPorts } = v4;

describe('the words of a command', () => {
  it('have the server filled in wherever it is named, and every other brace is left', () => {
    expect(
      wordsFor(
        ['{address}.sh', '--to={server},{server}', '{port}', '{print $1}', '{ address }'],
        v4,
      ),
    ).toEqual(['10.0.0.1.sh', '--to=10.0.0.1:80,10.0.0.1:80', '80', '{print $1}', '{ address }']);
    expect(wordsFor(['ssh', '{address}', 'http://{server}/'], v6)).toEqual([
      'ssh',
      '2001:db8::1',
      'http://[2001:db8::1]:80/',
    ]);
  });

  it('that want a port are none where there is not one', () => {
    expect(wordsFor(['restart', '{server}'], manyPorts)).toEqual(['restart', '10.0.0.1']);
    expect(wordsFor(['restart', '{server}:{port}'], manyPorts)).toBeUndefined();
  });

  it('stay as many as they were, whatever is in them', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 8 }), (args) => {
        const filled = wordsFor(['run', ...args], v4);
        expect(filled?.length).toBe(args.length + 1);
        for (const [index, word] of args.entries()) {
          if (!word.includes('{')) expect(filled?.[index + 1]).toBe(word);
        }
      }),
    );
  });
});

it('the environment of a command says where it stands', () => {
  const about = { around: 'x-around', batch: 2, of: 3 };
  expect(environmentFor(v6, about)).toEqual({
    DRAIN_ROLLOUT: 'x-around',
    DRAIN_SERVER: '[2001:db8::1]:80',
    DRAIN_ADDRESS: '2001:db8::1',
    DRAIN_PORT: '80',
    DRAIN_BATCH: '2',
    DRAIN_BATCHES: '3',
  });
  expect(environmentFor(manyPorts, about).DRAIN_PORT).toBe('');
});
