import { expect, it } from 'vitest';
import { serveDaemon } from '../../../src/serve/daemon-server.ts';
import { gauge } from '../../../src/serve/metrics/family.ts';

const answersOf = async (host: string, token: string | undefined, asked: readonly string[]) => {
  const daemon = {
    families: () => [gauge('drain_kube_leader', 'Leads.', [{ labels: {}, value: 1 }])],
    unknown: () => ['nodes'],
  };
  const at = { host, port: 0, version: '1.2.3', node: '20' };
  const listening = await serveDaemon(daemon, token === undefined ? at : { ...at, token });
  if (!listening.ok) throw new Error(listening.failure.what);
  const { url, close } = listening.value;
  const base = url.replace('0.0.0.0', '127.0.0.1');
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answers: unknown[] = [];
  for (const path of asked) {
    const answer = await fetch(`${base}${path}`, path === '/metrics' ? { headers } : {});
    answers.push([answer.status, (await answer.text()).includes('drain_kube_leader 1')]);
  }
  await close();
  return answers;
};

const paths = ['/healthz', '/readyz', '/metrics', '/state'];

it('a daemon answers probes and metrics', async () => {
  expect(await answersOf('127.0.0.1', undefined, paths)).toEqual([
    ...[
      [200, false],
      [503, false],
      [200, true],
      [404, false],
    ],
  ]);
});

it('metrics beyond this machine take a token, and probes none', async () => {
  expect(await answersOf('0.0.0.0', undefined, paths.slice(0, 3))).toEqual([
    ...[
      [200, false],
      [503, false],
      [403, false],
    ],
  ]);
  const token = 'a-token-of-16-letters';
  expect(await answersOf('0.0.0.0', token, paths.slice(0, 3))).toEqual([
    ...[
      [200, false],
      [503, false],
      [200, true],
    ],
  ]);
});
