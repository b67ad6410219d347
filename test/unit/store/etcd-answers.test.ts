import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseEtcdPlace } from '../../../src/domain/places/etcd-place.ts';
import { createEtcdStore, createStoreOn } from '../../../src/store/etcd/etcd-store.ts';
import { keysUnder } from '../../../src/store/etcd/keys.ts';
import { createTiming } from '../../../src/store/etcd/timing.ts';
import { createEtcdModel } from '../../support/etcd-model.ts';
import { journalEntries } from '../../support/journal-entries.ts';

let answer: { readonly status: number; readonly body: string } = { status: 200, body: '{}' };
const asked: string[] = [];
const server = createServer((request, response) => {
  asked.push(request.url ?? '');
  response.writeHead(answer.status).end(answer.body);
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const placeAt = (text: string) => {
  const place = parseEtcdPlace(text);
  if (!place.ok) throw new Error(place.failure.what);
  return place.value;
};
const address = (): string => `127.0.0.1:${(server.address() as AddressInfo).port}`;
const listed = async (status: number, body: string) => {
  answer = { status, body };
  const list = await createEtcdStore(placeAt(`etcd://${address()}/x`), {}).list();
  if (list.ok) throw new Error('it was listed');
  return list.failure;
};

describe('an etcd that does not do what it should', () => {
  it.each([
    [404, 'Not Found\n', /HTTP status 404.*not as etcd 3\.4 or later/, /--enable-grpc-gateway/],
    [200, '<html>', /HTTP status 200.*not as etcd/, /check the address/],
    [200, '{"kvs":[{"key":7}]}', /HTTP status 200.*not as etcd/, /check the address/],
    [
      403,
      '{"error":"etcdserver: permission denied","code":7}',
      /: permission denied/,
      /grant the user a role/,
    ],
    [400, '{"error":"etcdserver: user name is empty","code":3}', /user name/, /name a user/],
    [
      400,
      '{"error":"etcdserver: mvcc: database space exceeded","code":8}',
      /space exceeded/,
      /NOSPACE/,
    ],
    [
      500,
      `{"error":"\\u001b[2J${'y'.repeat(9_999)}","code":13}`,
      /: \\x1b\[2Jyyy.*…/,
      /look into the log/,
    ],
  ])('says HTTP %i %s: the error says what and what to do', async (status, body, what, next) => {
    const failure = await listed(status, body);
    expect(failure.kind).toBe('preflight');
    expect(failure.what).toMatch(what);
    expect(failure.what.length).toBeLessThan(600);
    expect(failure.next).toMatch(next);
  });

  it('has a user whose password nobody gave', async () => {
    const store = createEtcdStore(placeAt(`etcd://drain@${address()}/x`), {});
    const before = asked.length;
    const list = await store.list();
    expect(JSON.stringify(list)).toMatch(/no password for drain.*DRAIN_ETCD_PASSWORD_FILE/);
    expect(asked.length).toBe(before);
  });

  it('is to be trusted by a file that is not there', async () => {
    const store = createEtcdStore(placeAt(`etcds://${address()}/x?ca=/nowhere/ca.pem`), {});
    expect(JSON.stringify(await store.list())).toMatch(/\/nowhere\/ca\.pem cannot be read/);
  });

  it('has somebody else write under the prefix', async () => {
    const etcd = createEtcdModel(() => 0);
    const keys = keysUnder('x/');
    const store = createStoreOn(etcd, createTiming(), placeAt('etcd://model/x'));
    const put = (key: string, value: string) => etcd.txn({ compare: [], puts: [{ key, value }] });
    const [opened, next] = journalEntries('r1').map((entry) => JSON.stringify(entry));
    await put(keys.lock('tcp/1.2.3.4:5 on x'), '{"pid":"\u001b"}');
    await put(`${keys.rollouts}../../etc`, '');
    await put(`${keys.documents('marks')}abc`, '{}');
    await put(`${keys.documents('arounds')}around-1`, 'gzip:!!!!');
    for (const [id, texts] of Object.entries({
      holes: [opened, undefined, next],
      lines: [`${opened}\n${next}`],
      noise: ['gzip:AAAA'],
      newer: [opened, JSON.stringify({ ...JSON.parse(next ?? ''), v: 2 })],
    })) {
      for (const [i, text] of texts.entries()) if (text) await put(keys.entry(id, i + 1), text);
      const read = await store.read(id);
      expect(read, id).toMatchObject({ ok: false, failure: { kind: 'usage' } });
      expect(JSON.stringify(read), id).toContain(`journal of ${id}`);
    }
    expect(await store.list()).toEqual({ ok: true, value: [] });
    expect(await store.marks.list()).toMatchObject({ ok: false });
    expect(await store.arounds.read('around-1')).toMatchObject({ ok: false });
    const locked = await store.lock(['tcp/1.2.3.4:5 on x'], 'r1');
    expect(JSON.stringify(locked)).toMatch(/holds what no drain of this version writes/);
    expect(await store.holder('tcp/1.2.3.4:5 on x')).toBeUndefined();
  });
});
