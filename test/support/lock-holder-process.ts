import { parseEtcdPlace } from '../../src/domain/places/etcd-place.ts';
import { createEtcdStore } from '../../src/store/etcd/etcd-store.ts';
import { createFileStore } from '../../src/store/folder/file-store.ts';

/** `STATE ROLLOUT RESOURCE...`: takes the locks, says so, and does nothing more until it is killed. */
const [state = '', rollout = '', ...resources] = process.argv.slice(2);
const place = parseEtcdPlace(state);
const store = place.ok ? createEtcdStore(place.value, process.env) : createFileStore(state);
const locked = await store.lock(resources, rollout);
process.stdout.write(locked.ok ? 'held\n' : `${locked.failure.what}\n`);
setInterval(() => {}, 1_000);
