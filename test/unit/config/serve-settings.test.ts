import { describe, expect, it } from 'vitest';
import type { GivenOption, GivenOptions, OptionName } from '../../../src/config/options/options.ts';
import { checkToken, readServeSettings } from '../../../src/config/settings/serve-settings.ts';
import { isLoopback } from '../../../src/domain/address.ts';
import { hostileText } from '../../support/hostile-texts.ts';

const given = (listen: string): GivenOptions =>
  new Map<OptionName, GivenOption>([
    ['listen', { values: [listen], layer: 'command-line', where: '--listen' }],
  ]);

describe('--listen', () => {
  it('is an address or a name with a port, and by default this machine only', () => {
    const read = (text: string) => {
      const settings = readServeSettings(given(text));
      return settings.ok ? [settings.value.host, settings.value.port] : settings.failure.kind;
    };
    expect(read('127.0.0.1:9815')).toEqual(['127.0.0.1', 9815]);
    expect(read('[::1]:80')).toEqual(['::1', 80]);
    expect(read('lb1.example:0')).toEqual(['lb1.example', 0]);
    const byDefault = readServeSettings(new Map());
    expect(byDefault.ok && byDefault.value).toEqual({ host: '127.0.0.1', port: 9815 });
    for (const text of ['', '9815', ':9815', '127.0.0.1', '::1:80', '[::1]', 'a:65536', 'a b:1']) {
      expect(read(text), text).toBe('usage');
    }
  });

  it('that is hostile is refused, and said harmlessly', () => {
    const settings = readServeSettings(given(hostileText));
    if (settings.ok) throw new Error('it was taken');
    expect(settings.failure.what).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it.each([
    ['127.0.0.1', true],
    ['127.200.1.2', true],
    ['::1', true],
    ['localhost', true],
    ['0.0.0.0', false],
    ['::', false],
    ['10.127.0.1', false],
    ['127.0.0.1.evil.example', false],
    ['localhost.evil.example', false],
    ['127.1', false],
  ])('of %s stays on this machine: %s', (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });
});

describe('a token', () => {
  it('is one line of 16 printable characters and more, and never in a message', () => {
    expect(checkToken('0123456789abcdef\n', 'x')).toEqual({ ok: true, value: '0123456789abcdef' });
    for (const text of ['', '\n', 'short', 'two words that are long', 'a\u0000bcdefghijklmnopq']) {
      const checked = checkToken(text, 'x');
      expect(checked).toMatchObject({ ok: false, failure: { kind: 'usage', where: 'x' } });
      if (text.trim() !== '') expect(JSON.stringify(checked)).not.toContain(text.trim());
    }
  });
});
