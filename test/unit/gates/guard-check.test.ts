import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { GuardCheck } from '../../../src/domain/health/guard.ts';
import { createGuardCheck, examineGuardCheck } from '../../../src/gates/guard-check.ts';
import { ask } from '../../support/asked-gate.ts';
import { listen } from '../../support/loopback-servers.ts';

const answerOf = async (check: GuardCheck, port: number) => {
  const gate = await createGuardCheck(check, { address: '127.0.0.1', port });
  if (!gate.ok) throw new Error(gate.failure.what);
  return ask(gate.value);
};
const http = (path: string): GuardCheck => ({
  kind: 'probe',
  probe: {
    kind: 'http',
    url: `http://{address}:{port}${path}`,
    status: [{ from: 200, to: 299 }],
    tls: { insecure: false },
  },
});

describe('a check of the guard', () => {
  it('asks the server itself, by HTTP, TCP or a command', async () => {
    const port = await listen(
      createServer((request, response) => {
        response.statusCode = request.url === '/good' ? 200 : 500;
        response.end();
      }),
    );
    expect(await answerOf(http('/good'), port)).toMatchObject({ passed: true });
    expect(await answerOf(http('/bad'), port)).toMatchObject({ passed: false });
    expect(await answerOf({ kind: 'probe', probe: { kind: 'tcp' } }, port)).toMatchObject({
      passed: true,
    });
    const command = (word: string): GuardCheck => ({
      kind: 'command',
      words: ['/bin/sh', '-c', `echo "$1 $2"; test "$2" = "${word}"`, 'sh', '{address}', '{port}'],
    });
    expect(await answerOf(command(String(port)), port)).toMatchObject({
      passed: true,
      detail: expect.stringContaining(`127.0.0.1 ${port}`),
    });
    expect(await answerOf(command('0'), port)).toMatchObject({ passed: false });
  });

  it('hears what came in time in a process that is late itself', async () => {
    const port = await listen(createServer());
    const created = await createGuardCheck(
      { kind: 'probe', probe: { kind: 'tcp' } },
      { address: '127.0.0.1', port },
    );
    if (!created.ok) throw new Error(created.failure.what);
    const time = new AbortController();
    // The kernel connects at once; the loop is busy until the time is over, and hears of that first.
    const answer = created.value.ask({} as never, time.signal);
    setTimeout(() => time.abort(), 1);
    const busyUntil = performance.now() + 20;
    while (performance.now() < busyUntil);
    expect(await answer).toMatchObject({ passed: true });
  });

  it('whose certificates cannot be read is found before a server is asked', async () => {
    const check = http('/');
    if (check.kind !== 'probe' || check.probe.kind !== 'http') throw new Error('no http');
    const probe = { ...check.probe, tls: { insecure: false, caFile: '/nowhere/ca.pem' } };
    const examined = await examineGuardCheck({ kind: 'probe', probe });
    expect(!examined.ok && examined.failure.what).toContain('/nowhere/ca.pem');
  });
});
