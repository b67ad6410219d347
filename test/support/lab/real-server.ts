import type { Channel } from './channel.ts';
import type { RealServerHost } from './topology.ts';

export interface ServerStats {
  readonly connections: number;
  readonly requests: number;
  readonly datagrams: number;
  /** By restart.mjs, from outside. */
  readonly restarts: number;
  readonly open: number;
}

/** `error` answers 500, `hang` never, `reset` closes with a RST, `abrupt` does so after its answer. */
export type Behaviour = 'ok' | 'error' | 'hang' | 'reset' | 'abrupt';

/** The process that answers in one real server's namespace. */
export class RealServerProcess implements RealServerHost {
  readonly name: string;
  readonly v4: string;
  readonly v6: string;
  readonly #channel: Channel;

  constructor(host: RealServerHost, channel: Channel) {
    this.name = host.name;
    this.v4 = host.v4;
    this.v6 = host.v6;
    this.#channel = channel;
  }

  /** On every port and path, or only on the ones given. */
  async behave(
    mode: Behaviour,
    where: { readonly port?: number; readonly path?: string } = {},
  ): Promise<void> {
    await this.#channel.request({ op: 'behave', mode, ...where });
  }

  /** Closes the port, until the next `reset` or `accept`; connections that are open stay. */
  async refuse(port: number): Promise<void> {
    await this.#channel.request({ op: 'refuse', port });
  }

  async accept(port: number): Promise<void> {
    await this.#channel.request({ op: 'accept', port });
  }

  stats(): Promise<ServerStats> {
    return this.#channel.request({ op: 'stats' });
  }

  /** Ends its connections with a RST. */
  async abort(): Promise<void> {
    await this.#channel.request({ op: 'abort' });
  }

  /** Behaves well again and drops its connections. */
  async reset(): Promise<void> {
    await this.#channel.request({ op: 'reset' });
  }
}
