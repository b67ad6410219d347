import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type EtcdPlace, parseEtcdPlace } from '../../src/domain/places/etcd-place.ts';
import type { Etcd } from '../../src/store/etcd/etcd.ts';
import { createEtcdStore, createStoreOn } from '../../src/store/etcd/etcd-store.ts';
import { createGateway } from '../../src/store/etcd/gateway/gateway.ts';
import { createRecordPlace, createRequestPlace } from '../../src/store/etcd/place.ts';
import { createStoreTools } from '../../src/store/etcd/store-tools.ts';
import { createTiming } from '../../src/store/etcd/timing.ts';
import { createFileStore } from '../../src/store/folder/file-store.ts';
import { documentFailure } from '../../src/store/folder/folder-failure.ts';
import { createFolderPlace } from '../../src/store/folder/place.ts';
import { createMemoryLocks } from '../../src/store/memory-locks.ts';
import { createMemoryPlace, createMemoryStore } from '../../src/store/memory-store.ts';
import { allowUser, startEtcd } from '../support/etcd.ts';
import { createEtcdModel } from '../support/etcd-model.ts';
import { buildLockHolder, type LockHolder } from '../support/lock-holder.ts';
import { describeLostLeases } from './lost-leases.ts';
import { describePlace } from './place.ts';
import { describeStore, unwrap } from './store.ts';

const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

let holder: LockHolder;
beforeAll(async () => {
  holder = await buildLockHolder();
});
afterAll(() => holder.remove());

describeStore({
  name: 'memory',
  freeAfterMs: 1_000,
  start: async () => {
    const locks = createMemoryLocks();
    const store = createMemoryStore(locks.by({ pid: process.pid, isAlive: () => true }));
    return {
      open: () => store,
      async holdAndDie(rollout, resources) {
        let isAlive = true;
        const dying = locks.by({ pid: process.pid + 1, isAlive: () => isAlive });
        unwrap(await dying.lock(resources, rollout));
        isAlive = false;
      },
    };
  },
});

let folder: string;
describeStore({
  name: 'a folder',
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

describePlace({ name: 'memory', open: once(createMemoryPlace) });
for (const isLasting of [true, false]) {
  const parent = join(tmpdir(), `drain-place-${process.pid}-${isLasting}`);
  afterAll(() => rm(parent, { recursive: true, force: true }));
  beforeAll(() => mkdir(parent));
  describePlace({
    name: isLasting ? 'a folder' : 'a folder, for a process that runs',
    open: () =>
      createFolderPlace({
        directory: isLasting ? join(parent, 'made') : parent,
        ending: '.json',
        isLasting,
        failureAt: documentFailure('the documents'),
      }),
  });
}

/** Records, and requests, by a controller that holds nothing. */
const describeEtcdPlaces = (name: string, etcd: () => Etcd, place: EtcdPlace): void => {
  const tools = once(() => createStoreTools(etcd(), createTiming(), place));
  const keyed = (kind: string) => ({ prefix: `${place.prefix}${kind}/`, what: 'a document' });
  describePlace({
    name: `${name}, of records`,
    open: () => createRecordPlace(tools(), keyed('test-records')),
  });
  describePlace({
    name: `${name}, of requests`,
    open: () => createRequestPlace(tools(), keyed('test-requests')),
  });
};

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
  freeAfterMs: 5_000,
  start: async () => ({
    open: () => createStoreOn(model, createTiming(), modelPlace),
    async holdAndDie(rollout, resources) {
      // Whose time stands still renews no lease.
      const dead = { ...createTiming(), sleep: () => new Promise<void>(() => {}) };
      unwrap(await createStoreOn(model, dead, modelPlace).lock(resources, rollout));
    },
  }),
});
describeLostLeases({ name: 'the model of etcd', etcd: () => model, place: modelPlace });
describeEtcdPlaces('the model of etcd', () => model, modelPlace);

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
    freeAfterMs: 5_000,
    start: async () => ({
      open: () => createEtcdStore(placeOf(state), {}),
      holdAndDie: (rollout, resources) => holder.holdAndDie(state, rollout, resources),
    }),
  });
  const gateway = () => createGateway(etcd.endpoints, async () => ({ ok: true, value: {} }));
  describeLostLeases({ name: 'etcd', etcd: gateway, place: placeOf(state) });
  describeEtcdPlaces('etcd', gateway, placeOf(state));
  afterAll(() => etcd.stop());

  const safe = secure.etcd;
  const variables = { DRAIN_ETCD_PASSWORD: 'p"ä s' };
  const safeState = safe
    .state('site-b', `?lease=2s&ca=${encodeURIComponent(safe.caFile)}`)
    .replace('://', '://drain@');
  describeStore({
    name: 'etcd with TLS and a user who may use the prefix only',
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
