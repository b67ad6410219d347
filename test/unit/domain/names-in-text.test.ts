import { describe, expect, it } from 'vitest';
import { eventWithNames } from '../../../src/domain/events/names-in-events.ts';
import { fullName, shortName } from '../../../src/domain/places/named-servers.ts';
import { namesOf, withNames, writtenNames } from '../../../src/domain/places/names-in-text.ts';

const names = { '10.0.0.1:80': 'web-1', '[2001:db8::2]:80': 'web-2' };

describe('names of servers in sentences', () => {
  it('stand before the address, once, wherever a server stands alone', () => {
    const said = withNames('10.0.0.1:80 drained; [2001:db8::2]:80 has the traffic', names);
    expect(said).toBe('web-1 (10.0.0.1:80) drained; web-2 ([2001:db8::2]:80) has the traffic');
    expect(withNames(said, names)).toBe(said);
    expect(withNames('lost (10.0.0.1:80, "10.0.0.1:80"): 10.0.0.1:80.', names)).toBe(
      'lost (web-1 (10.0.0.1:80), "web-1 (10.0.0.1:80)"): web-1 (10.0.0.1:80).',
    );
  });

  it('stand in no longer address, in no URL and in no command that is to be pasted', () => {
    for (const text of [
      '10.0.0.1:8080 and 110.0.0.1:80',
      'GET http://10.0.0.1:80/health failed',
      'bring it in: drain in 10.0.0.1:80',
      'bring both in: drain in 10.0.0.9:80 10.0.0.1:80',
      'given with --from 10.0.0.1:80',
    ]) {
      expect(withNames(text, names)).toBe(text);
    }
    expect(withNames('drain out 10.0.0.9; 10.0.0.1:80 stays', names)).toBe(
      'drain out 10.0.0.9; web-1 (10.0.0.1:80) stays',
    );
  });

  it('before there is a plan are those that were written, with any port', () => {
    const written = writtenNames([
      { address: '10.0.0.1', called: 'web-1' },
      { address: '2001:db8::2', called: 'web-2' },
      { address: '10.0.0.3', port: 81, called: 'web-3' },
      { address: '10.0.0.4' },
    ]);
    expect(withNames('10.0.0.1 is in no service, 10.0.0.10 is', written)).toBe(
      'web-1 (10.0.0.1) is in no service, 10.0.0.10 is',
    );
    expect(withNames('10.0.0.1:80, [2001:db8::2]:80, 2001:db8::2, 10.0.0.3:81', written)).toBe(
      'web-1 (10.0.0.1:80), web-2 ([2001:db8::2]:80), web-2 (2001:db8::2), web-3 (10.0.0.3:81)',
    );
  });

  it('are those of the servers of a plan, with the port where one name stands for several', () => {
    const called = [{ address: '10.0.0.1', called: 'web-1' }, { address: '10.0.0.2' }];
    expect(namesOf(['10.0.0.1:80', '10.0.0.2:80'], called)).toEqual({ '10.0.0.1:80': 'web-1' });
    expect(namesOf(['10.0.0.1:80', '10.0.0.1:443'], called)).toEqual({
      '10.0.0.1:80': 'web-1:80',
      '10.0.0.1:443': 'web-1:443',
    });
    expect(namesOf(['10.0.0.2:80'], called)).toBeUndefined();
    expect(namesOf(['10.0.0.1:81'], [{ ...called[0], address: '10.0.0.1', port: 80 }])).toBe(
      undefined,
    );
  });

  it('are safe to show, whoever wrote them', () => {
    const hostile = { '10.0.0.1:80': '\x1b[31mred' };
    expect(fullName('10.0.0.1:80', hostile)).toBe('\\x1b[31mred (10.0.0.1:80)');
    expect(shortName('10.0.0.1:80', hostile)).toBe('\\x1b[31mred');
    expect(withNames('10.0.0.1:80', hostile)).toBe('\\x1b[31mred (10.0.0.1:80)');
    expect(shortName('10.0.0.2:80', hostile)).toBe('10.0.0.2:80');
  });

  it('stand in sentences of events, and in no other field', () => {
    const stamp = { v: 1, at: '2026-01-01T00:00:00.000Z', rollout: 'r' } as const;
    const at = { director: 'local', service: 'tcp/10.0.0.100:80', server: '10.0.0.1:80' };
    const drained = { ...stamp, type: 'drained', ...at, afterMs: 1 } as const;
    expect(eventWithNames(drained, names)).toEqual(drained);
    const held = { ...stamp, type: 'held', reason: '10.0.0.1:80 is not empty' } as const;
    expect(eventWithNames(held, names)).toEqual({
      ...held,
      reason: 'web-1 (10.0.0.1:80) is not empty',
    });
  });
});
