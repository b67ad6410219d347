import type { IncomingMessage } from 'node:http';
import type { ApiFailure, WatchAsk, WatchEnd } from '../kube/kube-ports.ts';
import { type Asked, answeredFailure, failureOf, statusFailure } from './api-failure.ts';
import { bodyOf, brokenBy, type Connection, opened, TooLong } from './request.ts';
import { withoutUnread } from './without-unread.ts';

/** The time for the headers of a watch, and for the body of a refusal. */
const openMs = 30_000;
/** Far more than any object is long: etcd takes 1.5 MB. */
const longestLine = 16 * 1024 * 1024;

/** Watches a path until the server, the network, silence or the signal ends it. Never rejects. */
export async function watchLines(
  connection: Connection,
  { path, ...asked }: Asked & { readonly path: string },
  ask: WatchAsk,
): Promise<WatchEnd> {
  const silence = new AbortController();
  const silentAfter = (ms: number) => setTimeout(() => silence.abort(), ms);
  let timer = silentAfter(openMs);
  const signal = AbortSignal.any([ask.signal, silence.signal]);
  try {
    const request = { verb: asked.verb, resource: asked.resource, method: 'GET' as const, path };
    const response = await opened(connection, request, signal);
    const { statusCode = 0, headers } = response;
    if (statusCode !== 200) {
      const body = await bodyOf(response);
      const retryAfter = headers['retry-after'];
      return ended(answeredFailure(asked, { status: statusCode, body, retryAfter }));
    }
    clearTimeout(timer);
    timer = silentAfter(ask.idleMs);
    ask.on({ kind: 'opened' });
    return await changesOf(response, { asked, ask, heard: () => timer.refresh() });
  } catch (error) {
    return ended(brokenBy(error, asked, { ending: silence.signal, signal: ask.signal }));
  } finally {
    clearTimeout(timer);
    // What is still open of it is of no more use.
    silence.abort();
  }
}

interface Reading {
  readonly asked: Asked;
  readonly ask: WatchAsk;
  heard(): void;
}

/** By events and not as an iteration: of 10,000 heartbeats that takes a third of the time. */
function changesOf(response: IncomingMessage, reading: Reading): Promise<WatchEnd> {
  const { asked, ask, heard } = reading;
  const lines = new Lines();
  return new Promise((resolve, reject) => {
    let isOver = false;
    const end = (watchEnd: WatchEnd): void => {
      isOver = true;
      resolve(watchEnd);
    };
    const take = (line: string): void => {
      if (isOver || line.trim() === '') return;
      const failure = ask.signal.aborted
        ? failureOf(asked, 'aborted', 'it was called off')
        : tell(line, reading);
      if (failure) end(ended(failure));
    };
    response.setEncoding('utf8').on('data', (chunk: string) => {
      heard();
      lines.add(chunk, take);
      if (lines.restLength > longestLine) reject(new TooLong('a line of the watch has no end'));
    });
    response.on('end', () =>
      end(
        lines.isBlank
          ? { kind: 'closed' }
          : ended(failureOf(asked, 'unreachable', 'the watch broke off in the middle of a line')),
      ),
    );
    response.on('error', reject);
    response.on('close', () => reject(new Error('the connection was closed')));
  });
}

/** Lines out of pieces of a text; what has no end yet is joined once it has. */
class Lines {
  private rest: string[] = [];
  restLength = 0;

  get isBlank(): boolean {
    return this.rest.every((piece) => piece.trim() === '');
  }

  add(chunk: string, onLine: (line: string) => void): void {
    let at = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', at)) {
      const line = chunk.slice(at, end);
      at = end + 1;
      onLine(this.rest.length === 0 ? line : [...this.rest, line].join(''));
      this.rest = [];
      this.restLength = 0;
    }
    if (at === chunk.length) return;
    this.rest.push(chunk.slice(at));
    this.restLength += chunk.length - at;
  }
}

/** Hands one line to whoever watches, unless it is the server's failure or none at all. */
function tell(line: string, { asked, ask }: Reading): ApiFailure | undefined {
  const event = parsed(line);
  switch (event?.type) {
    case 'ADDED':
    case 'MODIFIED':
      ask.on({ kind: 'set', object: event.object });
      return undefined;
    case 'DELETED':
      ask.on({ kind: 'deleted', object: event.object });
      return undefined;
    case 'BOOKMARK': {
      const version = event.object?.metadata?.resourceVersion;
      if (typeof version === 'string') ask.on({ kind: 'bookmark', version });
      return undefined;
    }
    case 'ERROR':
      return statusFailure(asked, event.object ?? {});
    default:
      return failureOf(asked, 'garbled', 'the watch sent a line that is no change');
  }
}

interface WatchEvent {
  readonly type?: unknown;
  readonly object?: { readonly metadata?: { readonly resourceVersion?: unknown } | null } | null;
}

function parsed(line: string): WatchEvent | undefined {
  try {
    const event: unknown = JSON.parse(withoutUnread(line));
    return typeof event === 'object' && event !== null ? event : undefined;
  } catch {
    return undefined;
  }
}

const ended = (failure: ApiFailure): WatchEnd => ({ kind: 'failed', failure });
