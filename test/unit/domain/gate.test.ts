import { describe, expect, it } from 'vitest';
import { gateText, gateTitle, withoutCredentials } from '../../../src/domain/health/gate.ts';

describe('a gate as its option has it', () => {
  it('is told without the password that its address holds', () => {
    expect(gateText({ kind: 'command', words: ['./smoke.sh', '-v'] })).toBe(
      'gate-command ./smoke.sh -v',
    );
    expect(
      gateText({ kind: 'http', url: 'http://ann:secret@watch/ok', status: [], tls: {} as never }),
    ).toBe('gate-http http://watch/ok');
    const comparison = { query: 'rate(errors[1m])', comparison: '<=', limit: 0.5 } as const;
    expect(gateText({ kind: 'prometheus', url: 'https://ann:x@prom:9090', ...comparison })).toBe(
      'gate-prometheus https://prom:9090#rate(errors[1m])<=0.5',
    );
  });

  it.each([
    ['command', 'gate-command ./smoke.sh', 'gate-command ./smoke.sh'],
    ['http', 'gate-http http://watch/ok', 'gate-http http://watch/ok'],
    ['prometheus', 'gate-prometheus up', 'gate-prometheus up'],
    ['check', 'check tcp 10.0.0.2:80', 'gate check tcp 10.0.0.2:80'],
    ['ipvs', 'ipvs', 'gate ipvs'],
  ] as const)('of the kind %s, named %s, is called %s', (gateKind, gate, title) => {
    expect(gateTitle({ gate, gateKind })).toBe(title);
  });
});

describe('an address with credentials', () => {
  it.each([
    ['http://ann:secret@watch/ok', 'http://watch/ok'],
    ['HTTPS://ann@watch', 'HTTPS://watch'],
    ['ann:secret@watch/ok', 'watch/ok'],
    ['http://watch/ok?by=ann@site', 'http://watch/ok?by=ann@site'],
    ['http://watch/@ann', 'http://watch/@ann'],
    ['http://watch#@ann', 'http://watch#@ann'],
  ])('%s is shown as %s', (url, shown) => {
    expect(withoutCredentials(url)).toBe(shown);
  });
});
