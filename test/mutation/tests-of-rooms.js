import { readdir } from 'node:fs/promises';

/** Tests that are played for many seconds each, or need what only vitest's own worker has. */
const left = [
  'test/unit/guard/guard-reasons',
  'test/unit/guard/hanging-servers',
  'test/unit/rollout/fleet',
  'test/unit/rollout/gates.test',
  'test/unit/rollout/handshake-gate',
  'test/unit/rollout/hanging-ipvsadm',
  'test/unit/rollout/one-process-a-poll',
  'test/property/rollout/chaos',
  'test/property/rollout/faults',
  'test/property/rollout/fighting-controllers',
  'test/property/rollout/fleet-chaos',
  'test/property/rollout/gates',
  'test/property/rollout/maintenance-chaos',
  'test/property/rollout/one-account',
  'test/property/rollout/prefixes',
];

const tests = {
  domain: [
    'test/unit/domain/',
    'test/property/domain/',
    'test/unit/config/',
    'test/unit/store/arounds',
    'test/unit/store/marks',
    'test/unit/store/old-sentences',
    'test/unit/store/traces',
    'test/unit/commands/rollout-id',
  ],
  planner: ['test/unit/planner/', 'test/property/planner/'],
  rollout: ['test/unit/rollout/', 'test/property/rollout/', 'test/property/order-changes'],
  guard: ['test/unit/guard/', 'test/property/guard/'],
};

/** Test files that know what a room has to do, or one part of a room: `rollout`, `rollout/observe`. */
export async function testsOf(room) {
  const [name, part] = room.split('/');
  const parts = (tests[name] ?? []).map((one) =>
    part === undefined || !one.endsWith(`/${name}/`) ? one : `${one}${part}/`,
  );
  const all = await readdir('test', { recursive: true });
  return all
    .map((file) => `test/${file}`)
    .filter((file) => file.endsWith('.test.ts') && parts.some((one) => file.startsWith(one)))
    .filter((file) => !left.some((one) => file.startsWith(one)))
    .sort();
}
