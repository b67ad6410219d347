import type { DrainEvent } from '../domain/events/event.ts';

type Sampled = Extract<DrainEvent, { readonly type: 'sampled' }>;

interface Followed {
  readonly firstMs: number;
  keptMs: number;
  keptOpen: number;
  /** The last sample that was not kept: the one before a change belongs to the picture. */
  skipped?: Sampled;
}

/** A sample is worth keeping when this part of the time since the first has passed. */
const part = 1 / 200;
const shortestMs = 1_000;

/**
 * Chooses the samples of a server that a picture needs: every one for the first minutes, then ever
 * fewer; a rollout held for a week leaves some 200 · ln(time) of them, not one a second. The sample
 * at which a server becomes empty, or is not any more, is kept, with the one before.
 */
export function createSampleThinner(): (event: Sampled) => readonly Sampled[] {
  const servers = new Map<string, Followed>();
  return (event) => {
    const key = `${event.director} ${event.service} ${event.server}`;
    const atMs = Date.parse(event.at);
    const open = event.activeConn + event.inActConn;
    const before = servers.get(key);
    if (!before) {
      servers.set(key, { firstMs: atMs, keptMs: atMs, keptOpen: open });
      return [event];
    }
    const spacingMs = Math.max(shortestMs, (atMs - before.firstMs) * part);
    const turned = (open === 0) !== (before.keptOpen === 0);
    if (!turned && atMs - before.keptMs < spacingMs) {
      before.skipped = event;
      return [];
    }
    const { skipped } = before;
    servers.set(key, { firstMs: before.firstMs, keptMs: atMs, keptOpen: open });
    return turned && skipped ? [skipped, event] : [event];
  };
}
