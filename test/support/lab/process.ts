import type { Channel } from './channel.ts';

/** How a process inside the lab is started; by default in the director's namespace, as root. */
export interface Start {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** `client`, `director`, `rs1`, ... */
  readonly namespace?: string;
  readonly uid?: number;
  /** Text for standard input, which is then closed; a spawned process without it keeps it open. */
  readonly stdin?: string;
}

export interface Ended {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

export interface Finished extends Ended {
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
  /** Its run time, start included. */
  readonly ms: number;
}

const defaultTimeoutMs = 60_000;

/** Runs a command to its end; past the time limit it and its children are killed. */
export function run(
  channel: Channel,
  argv: readonly string[],
  options: Start & { readonly timeoutMs?: number } = {},
): Promise<Finished> {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  return channel.request({ op: 'run', argv, ...options, timeoutMs }, timeoutMs + 30_000);
}

/** A process that goes on inside the lab, and what it has written so far. */
export class LabProcess {
  readonly argv: readonly string[];
  readonly pid: number;
  readonly stdout: string[] = [];
  readonly stderr: string[] = [];
  /** Resolves when it has ended and its output is complete. */
  readonly ended: Promise<Ended>;
  onLine: (line: string) => void = () => {};

  readonly #channel: Channel;
  readonly #id: number;
  readonly #wake = new Set<() => void>();
  #end: Ended | undefined;
  #resolveEnded: (ended: Ended) => void = () => {};

  constructor(channel: Channel, id: number, argv: readonly string[], pid: number) {
    this.#channel = channel;
    this.#id = id;
    this.argv = argv;
    this.pid = pid;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
  }

  get running(): boolean {
    return this.#end === undefined;
  }

  /** For the dispatcher: one message about this process. */
  receive(message: Readonly<Record<string, unknown>>): void {
    if (typeof message.stdout === 'string') {
      this.stdout.push(message.stdout);
      this.onLine(message.stdout);
    } else if (typeof message.stderr === 'string') {
      this.stderr.push(message.stderr);
    } else {
      this.#end = message as unknown as Ended;
      this.#resolveEnded(this.#end);
    }
    for (const wake of [...this.#wake]) wake();
  }

  /** The first line of standard output for which `matches`, waiting for it if need be. */
  async line(matches: (line: string) => boolean, timeoutMs = 30_000): Promise<string> {
    let seen = 0;
    const next = (): string | undefined => {
      while (seen < this.stdout.length) {
        const line = this.stdout[seen++];
        if (line !== undefined && matches(line)) return line;
      }
      return undefined;
    };
    return await this.#until(next, timeoutMs);
  }

  #until(next: () => string | undefined, timeoutMs: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer);
        this.#wake.delete(look);
        act();
      };
      const fail = (why: string) =>
        settle(() => reject(new Error(`${this.argv.join(' ')}: ${why}\n${this.#lastWords()}`)));
      const look = () => {
        const found = next();
        if (found !== undefined) settle(() => resolve(found));
        else if (this.#end) fail('ended before the expected line');
      };
      const timer = setTimeout(() => fail(`no such line within ${timeoutMs} ms`), timeoutMs);
      this.#wake.add(look);
      look();
    });
  }

  #lastWords(): string {
    return [...this.stdout.slice(-10), ...this.stderr.slice(-10)].join('\n');
  }

  write(text: string): Promise<boolean> {
    return this.#channel.request({ op: 'write', process: this.#id, text });
  }

  closeStdin(): Promise<boolean> {
    return this.#channel.request({ op: 'write', process: this.#id, end: true });
  }

  /** To the process alone, or with `group` to its children as well, as a terminal's ^C does. */
  signal(signal: NodeJS.Signals, { group = false } = {}): Promise<boolean> {
    return this.#channel.request({ op: 'signal', process: this.#id, signal, group });
  }

  async kill(): Promise<void> {
    if (!this.running) return;
    await this.signal('SIGKILL', { group: true }).catch(() => false);
    await this.ended;
  }
}

/** Starts processes and hands each one what comes from it. */
export class Processes {
  readonly #channel: Channel;
  readonly #all = new Map<number, LabProcess>();
  readonly #early = new Map<number, Readonly<Record<string, unknown>>[]>();

  constructor(channel: Channel) {
    this.#channel = channel;
    channel.onEvent = (message) => {
      const id = message.process;
      if (typeof id !== 'number') return;
      const known = this.#all.get(id);
      if (known) known.receive(message);
      else this.#early.set(id, [...(this.#early.get(id) ?? []), message]);
    };
  }

  async spawn(argv: readonly string[], options: Start = {}): Promise<LabProcess> {
    const id = this.#channel.nextId();
    const { pid } = await this.#channel.request<{ pid: number }>(
      { op: 'spawn', argv, ...options },
      30_000,
      id,
    );
    const started = new LabProcess(this.#channel, id, argv, pid);
    this.#all.set(id, started);
    for (const message of this.#early.get(id) ?? []) started.receive(message);
    this.#early.delete(id);
    return started;
  }
}
