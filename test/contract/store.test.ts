import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { parseEtcdPlace } from '../../src/domain/etcd-place.ts';
import { createEtcdStore, createStoreOn } from '../../src/store/etcd/etcd-store.ts';
import { createGateway } from '../../src/store/etcd/gateway/gateway.ts';
import { createTiming } from '../../src/store/etcd/timing.ts';
import { createFileStore } from '../../src/store/folder/file-store.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { allowUser, startEtcd } from '../support/etcd.ts';
import { createEtcdModel } from '../support/etcd-model.ts';
import { buildLockHolder, type LockHolder } from '../support/lock-holder.ts';
import { describeLostLeases } from './lost-leases.ts';
import { describeStore } from './store.ts';

let holder: LockHolder;
beforeAll(async () => {
  holder = await buildLockHolder();
});
afterAll(() => holder.remove());

describeStore({
  name: 'memory',
  isShared: false,
  freeAfterMs: 0,
  start: async () => {
    const store = createMemoryStore();
    return { open: () => store };
  },
});

let folder: string;
describeStore({
  name: 'a folder',
  isShared: true,
  freeAfterMs: 1_000,
  start: async () => {
    folder = await mkdtemp(join(tmpdir(), 'drain-store-'));
    return {
      open: () => createFileStore(folder),
      holdAndDie: (rollout, resources) => holder.holdAndDie(folder, rollout, resources),
    };
  },
  stop: () => rm(folder, { recursive: true, force: true }),
});

const placeOf = (state: string) => {
  const place = parseEtcdPlace(state);
  if (!place.ok) throw new Error(place.failure.what);
  return place.value;
};
const lease = '?lease=2s';

const timing = createTiming();
const model = createEtcdModel(timing.nowMs);
const modelPlace = placeOf(`etcd://model/drain${lease}`);
describeStore({
  name: 'the model of etcd',
  isShared: true,
  freeAfterMs: 0,
  start: async () => ({ open: () => createStoreOn(model, createTiming(), modelPlace) }),
});
describeLostLeases({ name: 'the model of etcd', etcd: () => model, place: modelPlace });

const required = process.env.DRAIN_REQUIRE_KERNEL === '1';
const [plain, secure] = await Promise.all([startEtcd(), startEtcd({ tls: true })]);
if (plain.kind === 'unavailable' && !required) {
  process.stderr.write(`left out: the tests on a real etcd, because ${plain.reason}\n`);
}

describe.concurrent('a real etcd', () => {
  if (plain.kind === 'unavailable' || secure.kind === 'unavailable') {
    test.runIf(required)('is there to be asked (DRAIN_REQUIRE_KERNEL=1)', () => {
      throw new Error(plain.kind === 'unavailable' ? plain.reason : 'it cannot do TLS');
    });
    return;
  }
  const { etcd } = plain;
  const state = etcd.state('site/a', lease);
  describeStore({
    name: 'etcd',
    isShared: true,
    freeAfterMs: 5_000,
    start: async () => ({
      open: () => createEtcdStore(placeOf(state), {}),
      holdAndDie: (rollout, resources) => holder.holdAndDie(state, rollout, resources),
    }),
  });
  describeLostLeases({
    name: 'etcd',
    etcd: () => createGateway(etcd.endpoints, async () => ({ ok: true, value: {} })),
    place: placeOf(state),
  });
  afterAll(() => etcd.stop());

  const safe = secure.etcd;
  const variables = { DRAIN_ETCD_PASSWORD: 'p"ä s' };
  const safeState = safe
    .state('site-b', `?lease=2s&ca=${encodeURIComponent(safe.caFile)}`)
    .replace('://', '://drain@');
  describeStore({
    name: 'etcd with TLS and a user who may use the prefix only',
    isShared: true,
    freeAfterMs: 5_000,
    start: async () => {
      await allowUser(safe, 'drain', variables.DRAIN_ETCD_PASSWORD, 'site-b/');
      return {
        open: () => createEtcdStore(placeOf(safeState), variables),
        holdAndDie: (rollout, resources) =>
          holder.holdAndDie(safeState, rollout, resources, variables),
      };
    },
    stop: () => safe.stop(),
  });
});
