type Message = Readonly<Record<string, unknown>>;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Requests and answers as JSON lines: `{id, …}` out, `{id, result}` or `{id, error}` back. */
export class Channel {
  readonly #write: (line: string) => void;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #closed: Error | undefined;

  /** What comes without being asked for, such as a process's output. */
  onEvent: (message: Message) => void = () => {};

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  nextId(): number {
    return ++this.#lastId;
  }

  /** Rejects when the other side reports an error, the channel closes, or nothing came in time. */
  request<T>(message: Message, timeoutMs = 60_000, id = this.nextId()): Promise<T> {
    if (this.#closed) return Promise.reject(this.#closed);
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        this.#waiting.delete(id);
      };
      const timer = setTimeout(() => {
        settle();
        reject(new Error(`no answer from the lab to ${String(message.op)} within ${timeoutMs} ms`));
      }, timeoutMs);
      this.#waiting.set(id, {
        resolve: (value) => {
          settle();
          resolve(value as T);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
      this.#write(JSON.stringify({ id, ...message }));
    });
  }

  receive(line: string): void {
    const message = parse(line);
    if (!message) return;
    const waiting = typeof message.id === 'number' ? this.#waiting.get(message.id) : undefined;
    if (!waiting) this.onEvent(message);
    else if (typeof message.error === 'string') waiting.reject(new Error(message.error));
    else waiting.resolve(message.result);
  }

  close(reason: string): void {
    this.#closed = new Error(reason);
    for (const { reject } of this.#waiting.values()) reject(this.#closed);
    this.#waiting.clear();
  }
}

function parse(line: string): Message | undefined {
  try {
    return JSON.parse(line) as Message;
  } catch {
    return undefined;
  }
}
