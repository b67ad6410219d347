import { describe, expect, it } from 'vitest';
import { serviceManagerOf } from '../../../src/processes/service-manager.ts';

const socket = { NOTIFY_SOCKET: '/run/systemd/notify' };

describe('the service manager of a process', () => {
  it('is none without its socket', () => {
    expect(serviceManagerOf({ WATCHDOG_USEC: '30000000' }, 7)).toBeUndefined();
    expect(serviceManagerOf({ NOTIFY_SOCKET: '' }, 7)).toBeUndefined();
  });

  it.each([
    [{}, undefined],
    [{ WATCHDOG_USEC: '30000000' }, 30_000],
    [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '7' }, 30_000],
    [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '8' }, undefined],
    [{ WATCHDOG_USEC: 'x' }, undefined],
  ])('with %j is silent for at most %s ms', (more, watchdogMs) => {
    expect(serviceManagerOf({ ...socket, ...more }, 7)?.watchdogMs).toBe(watchdogMs);
  });
});
