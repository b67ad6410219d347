import type { Channel } from './channel.ts';

/** What clients talk to. */
export interface Target {
  readonly address: string;
  readonly port: number;
  /** `tcp` (HTTP) by default. */
  readonly protocol?: 'tcp' | 'udp';
  /** `/` by default; TCP only. */
  readonly path?: string;
  /**
   * An exchange that takes longer has the error `timeout`. 15,000 by default: a busy machine may hold
   * anybody up for seconds.
   */
  readonly timeoutMs?: number;
  /** Client addresses to use in turn, see `clientAddresses`; the kernel's choice by default. */
  readonly sources?: readonly string[];
  /** The same source port each time, instead of a fresh one for each connection. */
  readonly sourcePort?: number;
}

/** One connection of a load, or one datagram. */
export interface Exchange {
  /** Milliseconds since 1970, by the lab's clock, which is also that of a `drain` inside. */
  readonly atMs: number;
  readonly latencyMs: number;
  /** `rs1`, ...; absent after an error. */
  readonly server?: string;
  /** `ECONNREFUSED`, `ECONNRESET`, `timeout`, `closed` (no answer), `500`, ... */
  readonly error?: string;
}

export interface HoldOptions extends Pick<Target, 'address' | 'port' | 'sourcePort'> {
  /**
   * `keep-alive` asks every `everyMs`; `stream` reads an answer that takes `seconds`; `half-closed`
   * too, after its own FIN; `idle` asks once and then says nothing.
   */
  readonly kind: 'keep-alive' | 'stream' | 'half-closed' | 'idle';
  readonly count?: number;
  readonly seconds?: number;
  /** 500 by default. */
  readonly everyMs?: number;
  readonly source?: string;
}

/** A connection that stays open. */
export interface Held {
  readonly id: number;
  readonly kind: HoldOptions['kind'];
  /** `ended` by the server's FIN, `closed` without one, `failed` with an `error`. */
  readonly state: 'connecting' | 'open' | 'ended' | 'closed' | 'failed';
  readonly server: string | null;
  readonly answers: number;
  readonly lastAnswerMs: number | null;
  readonly localPort: number;
  readonly error: string | null;
}

interface Taken {
  readonly rows: readonly (readonly [number, number, number, number])[];
  readonly servers: readonly string[];
  readonly errors: readonly string[];
  readonly started: number;
  readonly inFlight: number;
  readonly stopped: boolean;
  readonly worstLateMs: number;
}

const pollMs = 100;

/** Open-loop traffic: connections start evenly spaced, whatever became of the ones before. */
export class Load {
  readonly startedAtMs: number;
  /** All that has ended so far, as of the last `take`, in the order of ending. */
  readonly exchanges: Exchange[] = [];
  started = 0;
  inFlight = 0;
  /** The most by which the generator itself was late. */
  worstLateMs = 0;
  #stopped = false;
  readonly #channel: Channel;
  readonly #load: number;

  constructor(channel: Channel, load: number, startedAtMs: number) {
    this.#channel = channel;
    this.#load = load;
    this.startedAtMs = startedAtMs;
  }

  /** What has ended since the last `take`. */
  async take(): Promise<readonly Exchange[]> {
    const from = this.exchanges.length;
    const taken = await this.#channel.request<Taken>({ op: 'take', load: this.#load, from });
    const fresh = taken.rows.map(([startMs, server, latencyMs, error]): Exchange => {
      const serverName = taken.servers[server];
      const errorName = taken.errors[error];
      return {
        atMs: this.startedAtMs + startMs,
        latencyMs,
        ...(serverName === undefined ? {} : { server: serverName }),
        ...(errorName === undefined ? {} : { error: errorName }),
      };
    });
    this.exchanges.push(...fresh);
    this.started = taken.started;
    this.inFlight = taken.inFlight;
    this.worstLateMs = taken.worstLateMs;
    this.#stopped = taken.stopped;
    return fresh;
  }

  /** Starts no more connections, waits for those under way, and returns everything. */
  async stop(): Promise<readonly Exchange[]> {
    await this.#channel.request({ op: 'stop', load: this.#load });
    return await this.finished();
  }

  /** Waits until a load with `seconds` has done them all. */
  async finished(): Promise<readonly Exchange[]> {
    do {
      await this.take();
      if (!this.#stopped || this.inFlight > 0) {
        await new Promise((resolve) => setTimeout(resolve, pollMs));
      }
    } while (!this.#stopped || this.inFlight > 0);
    return this.exchanges;
  }
}

/** How many exchanges each server answered, errors under their name with a `!`: `{rs1: 9, '!timeout': 1}`. */
export function tally(exchanges: readonly Exchange[]): Record<string, number> {
  return count(exchanges.map(({ server, error }) => server ?? `!${error}`));
}

/** `count(['rs1', 'rs1', 'rs2'])` is `{rs1: 2, rs2: 1}`. */
export function count(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** The clients, all behind one process in the `client` namespace. */
export class Clients {
  readonly #channel: Channel;
  #lastLoad = 0;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Starts open-loop traffic, for `seconds` or until it is stopped. */
  async load(
    target: Target & { readonly perSecond: number; readonly seconds?: number },
  ): Promise<Load> {
    const load = ++this.#lastLoad;
    const { startedAtMs } = await this.#channel.request<{ startedAtMs: number }>({
      op: 'start',
      load,
      ...target,
    });
    return new Load(this.#channel, load, startedAtMs);
  }

  /** `count` exchanges one after another: who answered, in order; an error as `!ECONNREFUSED`. */
  sequence(target: Target & { readonly count: number }): Promise<readonly string[]> {
    const timeoutMs = 60_000 + target.count * 200;
    return this.#channel.request({ op: 'sequence', ...target }, timeoutMs);
  }

  /** Opens connections that stay, and resolves when each has had its first answer or failed. */
  hold(options: HoldOptions): Promise<readonly Held[]> {
    return this.#channel.request({ op: 'hold', ...options });
  }

  /** The present state of everything held. */
  held(): Promise<readonly Held[]> {
    return this.#channel.request({ op: 'held' });
  }

  /** Closes held connections, all of them by default, with a FIN or with `reset` a RST. */
  async release(
    held?: readonly Pick<Held, 'id'>[],
    { reset = false }: { reset?: boolean } = {},
  ): Promise<void> {
    await this.#channel.request({ op: 'release', ids: held?.map(({ id }) => id), reset });
  }

  /** Ends all traffic. */
  async reset(): Promise<void> {
    await this.#channel.request({ op: 'reset' });
  }
}
