import { describe, expect, it } from 'vitest';
import {
  fillPlaceholders,
  fillWords,
  parseCommandWords,
  strangePlaceholder,
} from '../../../src/domain/command-words.ts';

describe('--ipvsadm', () => {
  it('is split at blanks of any kind', () => {
    expect(parseCommandWords('  ip netns\texec lb  ipvsadm ')).toEqual({
      ok: true,
      value: ['ip', 'netns', 'exec', 'lb', 'ipvsadm'],
    });
  });

  it.each(['', ' \t\n'])('must say something: %j', (text) => {
    expect(parseCommandWords(text)).toMatchObject({ ok: false, failure: { kind: 'usage' } });
  });

  it.each(["sudo 'ipvsadm'", 'sh -c "ipvsadm"', '`ipvsadm`'])('refuses quotes: %s', (text) => {
    expect(parseCommandWords(text)).toMatchObject({
      ok: false,
      failure: { kind: 'usage', what: expect.stringContaining(text) },
    });
  });
});

describe('another option that takes a command', () => {
  it('is refused under its own name and with its own advice', () => {
    const option = { name: '--gate-command', advice: 'Say what to run.' };
    expect(parseCommandWords('', option)).toMatchObject({
      failure: { what: '--gate-command is empty', next: 'Say what to run.' },
    });
    expect(parseCommandWords('"x"', option)).toMatchObject({
      failure: { what: '--gate-command holds a quote: "x"' },
    });
  });
});

describe('the placeholders of a server', () => {
  it('are filled in words that are not looked at a second time', () => {
    const words = ['./{port}', '{address}', 'a {address} b'] as const;
    expect(fillWords(words, { address: '::1', port: '53' })).toEqual(['./53', '::1', 'a ::1 b']);
    expect(fillPlaceholders('{address}', { address: '{port}', port: '53' })).toBe('{port}');
  });

  it('that nobody has a value for make it incomplete, and other braces stay', () => {
    expect(fillWords(['x', '{port}'], { address: '::1', port: undefined })).toBeUndefined();
    expect(fillPlaceholders('{server} {Address} {}', { address: '::1' })).toBe(
      '{server} {Address} {}',
    );
  });
});

describe('a placeholder that means nothing', () => {
  const known = ['server', 'address', 'port'];

  it.each([
    ['ssh {adress} reboot', '{adress} (did you mean address?)'],
    ['ssh {host}', '{host}'],
    ['{address}:{Port}', '{Port} (did you mean port?)'],
    ['ssh {address} {server}:{port}', undefined],
    [`echo $\{HOME} %{http_code} {{.Names}} {{Names}} {print $1} {} {1} {a,b}`, undefined],
  ])('of %j is %j', (text, found) => {
    expect(strangePlaceholder(text.split(' '), known)).toBe(found);
  });
});
