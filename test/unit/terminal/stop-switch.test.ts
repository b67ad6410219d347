import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { listenForStop } from '../../../src/terminal/stop-switch.ts';

function terminal() {
  const source = new EventEmitter();
  let nowMs = 1_000;
  const stop = listenForStop(source as unknown as NodeJS.Process, () => nowMs);
  const send = (signal: string, afterMs = 0): void => {
    nowMs += afterMs;
    source.emit(signal);
  };
  return { stop, send };
}

describe('a signal', () => {
  it('is a request, and one that comes later a second', () => {
    const { stop, send } = terminal();
    expect(stop.requested()).toBeUndefined();
    send('SIGINT');
    expect(stop.requested()).toEqual({ signal: 'sigint', again: false });
    send('SIGINT', 500);
    expect(stop.requested()).toEqual({ signal: 'sigint', again: true });
  });

  it.each([0, 1, 499])('that arrives twice within %d ms is one Ctrl-C, handed on', (afterMs) => {
    const { stop, send } = terminal();
    send('SIGINT');
    const { signal } = stop;
    const waiting = signal();
    send('SIGINT', afterMs);
    expect(stop.requested()).toEqual({ signal: 'sigint', again: false });
    expect(waiting.aborted).toBe(false);
  });

  it('keeps the name of the first', () => {
    const { stop, send } = terminal();
    send('SIGTERM');
    send('SIGINT', 2_000);
    expect(stop.requested()).toEqual({ signal: 'sigterm', again: true });
  });

  it('wakes whoever waits, each time', () => {
    const { stop, send } = terminal();
    const first = stop.signal();
    send('SIGTERM');
    expect(first.aborted).toBe(true);
    const second = stop.signal();
    expect(second.aborted).toBe(false);
    send('SIGTERM', 600);
    expect(second.aborted).toBe(true);
  });

  it('of a terminal that is gone ends nothing', () => {
    const { stop, send } = terminal();
    send('SIGHUP');
    expect(stop.requested()).toBeUndefined();
    expect(stop.signal().aborted).toBe(false);
  });
});
