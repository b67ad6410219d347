import { describe, expect, it } from 'vitest';
import { fillGateText, namesSide } from '../../../src/domain/health/gate-placeholders.ts';

const values = {
  new: ['10.0.0.2:80', '[2001:db8::1]:80'],
  old: ['10.0.0.1:80'],
  service: ['tcp/10.0.0.100:80'],
};

describe('a placeholder', () => {
  it('is filled with all servers of a side, or with the services', () => {
    expect(fillGateText('{new} {old} {service}', values)).toBe(
      '10.0.0.2:80,[2001:db8::1]:80 10.0.0.1:80 tcp/10.0.0.100:80',
    );
  });

  it('is a regular expression of exactly these servers, in any quotes of PromQL', () => {
    const filled = fillGateText('{new|regex}', values);
    expect(filled).toBe('10[.]0[.]0[.]2:80|[[]2001:db8::1]:80');
    const pattern = new RegExp(`^(?:${filled})$`);
    for (const server of values.new) expect(server).toMatch(pattern);
    expect('10.0x0.2:80').not.toMatch(pattern);
  });

  it('is none of the braces of others', () => {
    for (const text of [`$${'{new}'}`, '%{new}', '{{new}}', 'up{job="new"}', '{new|x}']) {
      expect(fillGateText(text, values)).toBe(text);
    }
  });
});

describe('a gate', () => {
  const prometheus = { kind: 'prometheus', url: 'http://p', comparison: '<', limit: 1 } as const;

  it('names the sides of its placeholders, and both where it compares', () => {
    const gate = { ...prometheus, query: 'up{x="{new}"}' };
    expect(namesSide(gate, 'new')).toBe(true);
    expect(namesSide(gate, 'old')).toBe(false);
    expect(namesSide({ ...gate, compare: { by: 'ratio' } }, 'old')).toBe(true);
    expect(namesSide({ kind: 'command', words: ['./smoke', '{old|regex}'] }, 'old')).toBe(true);
  });
});
