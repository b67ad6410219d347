import { describe, expect, it } from 'vitest';
import { hasPassed, wordsFor } from '../../../src/domain/around/server-command.ts';
import { stampEvent } from '../../../src/domain/events/event.ts';
import { urlForServer } from '../../../src/domain/health/gate.ts';
import {
  isLocalPlace,
  isSimulated,
  isSimulatedPlace,
} from '../../../src/domain/places/director-access.ts';
import {
  etcdPlaceName,
  isEtcdPlace,
  parseEtcdPlace,
} from '../../../src/domain/places/etcd-place.ts';
import { shortList } from '../../../src/domain/printable.ts';
import { isForTakeOver } from '../../../src/domain/rollout/rollout-status.ts';

describe('a place', () => {
  it.each([
    ['local', [true, false, false]],
    ['sim', [false, true, false]],
    ['sim:lb.yaml', [false, true, false]],
    ['simon', [false, false, false]],
    ['etcd://10.0.0.1/drain', [false, false, true]],
    ['etcds://10.0.0.1/drain', [false, false, true]],
    ['my etcd://10.0.0.1', [false, false, false]],
  ])('%s is local, simulated, or an etcd: %j', (place, kinds) => {
    expect([isLocalPlace(place), isSimulatedPlace(place), isEtcdPlace(place)]).toEqual(kinds);
  });

  it('of several directors is simulated where one is', () => {
    expect(isSimulated([{ where: 'local' }, { where: 'sim' }])).toBe(true);
    expect(isSimulated([{ where: 'local' }])).toBe(false);
  });

  it('of an etcd has a name without its secrets', () => {
    for (const name of ['etcd://10.0.0.1:2379,10.0.0.2:2379/drain', 'etcds://10.0.0.1:2379/a/b']) {
      const place = parseEtcdPlace(name);
      expect(place.ok && etcdPlaceName(place.value)).toBe(name);
    }
  });
});

describe('words', () => {
  it('of a list end with how many are left', () => {
    expect(shortList([])).toBe('nothing');
    expect(shortList(['a', 2])).toBe('a, 2');
    expect(shortList([1, 2, 3, 4, 5, 6])).toBe('1, 2, 3, 4, 5, 6');
    expect(shortList([1, 2, 3, 4, 5, 6, 7, 8])).toBe('1, 2, 3, 4, 5, 6 and 2 more');
    expect(shortList([1, 2, 3], 2, '; ')).toBe('1; 2 and 1 more');
  });

  it('of a command are filled in, as far as there is a port', () => {
    const server = { name: { address: '10.0.0.1' }, address: '10.0.0.1', port: 80 };
    expect(wordsFor(['ssh', '{address}', '{port}', '{server}', '{x}'], server)).toEqual([
      ...['ssh', '10.0.0.1', '80', '10.0.0.1:80', '{x}'],
    ]);
    expect(
      wordsFor(['ssh', '{port}'], { name: { address: '10.0.0.1' }, address: '10.0.0.1' }),
    ).toBeUndefined();
  });

  it('of a URL have brackets around IPv6, once', () => {
    expect(urlForServer('http://{address}:{port}/', '10.0.0.1', 80)).toBe('http://10.0.0.1:80/');
    const v6 = 'http://[2001:db8::1]:80/';
    expect(urlForServer('http://{address}:{port}/', '2001:db8::1', 80)).toBe(v6);
    expect(urlForServer('http://[{address}]:{port}/', '2001:db8::1', 80)).toBe(v6);
  });
});

describe('an end', () => {
  it('of a command is good with exit 0 alone', () => {
    expect(hasPassed({ kind: 'exited', exitCode: 0 })).toBe(true);
    expect(hasPassed({ kind: 'exited', exitCode: 1 })).toBe(false);
    expect(hasPassed({ kind: 'killed', signal: 'SIGTERM' })).toBe(false);
  });

  it('of a rollout lets another process take over after a crash or a shutdown', () => {
    expect(isForTakeOver(undefined)).toBe(true);
    expect(isForTakeOver({ exitCode: 143 })).toBe(true);
    expect(isForTakeOver({ exitCode: 130 })).toBe(false);
    expect(isForTakeOver({ exitCode: 6 })).toBe(false);
  });
});

it('an event has its time and its rollout', () => {
  expect(stampEvent({ type: 'held', reason: 'r' }, 'web', 0)).toEqual({
    ...{ v: 1, at: '1970-01-01T00:00:00.000Z', rollout: 'web' },
    ...{ type: 'held', reason: 'r' },
  });
});
