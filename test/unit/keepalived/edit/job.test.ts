import { expect, it } from 'vitest';
import { decideJob, type JobStep, type Seen } from '../../../../src/keepalived/edit/job.ts';

const seen: Seen = { target: 'before', backup: 'none', hasDraft: false, running: 'before' };
const swapped: Seen = { ...seen, target: 'after', backup: 'whole' };

it.each<[string, JobStep, Seen, object]>([
  ['a draft is written first', 'begun', seen, { kind: 'write-draft' }],
  ['and takes the place of the file', 'begun', { ...seen, hasDraft: true }, { kind: 'swap' }],
  ['which is tested there', 'begun', swapped, { kind: 'test' }],
  ['and then read', 'tested', swapped, { kind: 'reload' }],
  ['which takes a while', 'tested', { ...swapped, sinceReloadMs: 9_999 }, { kind: 'wait' }],
  ['and no longer than that', 'tested', { ...swapped, sinceReloadMs: 10_000 }, { kind: 'go-back' }],
  ['what is read is done', 'tested', { ...swapped, running: 'after' }, { kind: 'end', as: 'done' }],
  [
    "a reload never has somebody else's change read",
    'tested',
    { ...swapped, unread: '/etc/k.conf:3' },
    { kind: 'go-back' },
  ],
  [
    'a keepalived that is gone has nothing read',
    'tested',
    { ...swapped, running: 'unknown' },
    { kind: 'go-back' },
  ],
  ['the way back begins with the file', 'going-back', swapped, { kind: 'put-back' }],
  ['and has it read where it was', 'going-back', { ...seen, running: 'after' }, { kind: 'reload' }],
  ['else it is over', 'going-back', seen, { kind: 'end', as: 'undone' }],
  [
    'what is not read again is said',
    'going-back',
    { ...seen, running: 'after', sinceReloadMs: 10_000 },
    { kind: 'end', as: 'not-reloaded' },
  ],
  ["somebody's text stays", 'tested', { ...swapped, target: 'other' }, { kind: 'end', as: 'left' }],
  [
    'also one that came into the file while it was replaced',
    'begun',
    { ...swapped, backup: 'other' },
    { kind: 'put-back' },
  ],
  [
    'where keepalived has read something else, nothing is begun',
    'begun',
    { ...seen, running: 'other' },
    { kind: 'end', as: 'nothing-changed' },
  ],
])('%s', (_, step, what, action) => {
  expect(decideJob({ step }, what)).toMatchObject(action);
});
