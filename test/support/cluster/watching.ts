import type { ServerResponse } from 'node:http';
import { ApiError, type ApiObject, statusOf } from './api-object.ts';
import type { ApiRequest } from './api-request.ts';
import type { ClusterStore, StoredChange } from './cluster-store.ts';
import type { Fault } from './faults.ts';
import { selectionOf, shapeOf } from './operations.ts';
import { isSelected } from './selectors.ts';

/** A watch that is being answered. */
export interface OpenWatch {
  readonly resource: string;
  /** Ends the answer as a server does at the end of `timeoutSeconds`. */
  close(): void;
  /** Closes the socket, in the middle of a line where `halfLine` says so. */
  cut(halfLine?: boolean): void;
  /** Says nothing from now on, not even the end. */
  silence(): void;
  bookmark(): void;
}

export interface WatchPlace {
  readonly store: ClusterStore;
  readonly fault?: Fault | undefined;
  readonly bookmarkMs: number;
  readonly open: Set<OpenWatch>;
}

/** Answers a watch, with the whole list first where `sendInitialEvents` asks for that. */
export function answerWatch(asked: ApiRequest, response: ServerResponse, place: WatchPlace): void {
  const { store, fault } = place;
  const { query, resource, groupVersion } = asked;
  const shape = shapeOf(asked);
  const selection = selectionOf(asked);
  const wantsBookmarks = query.get('allowWatchBookmarks') === 'true';
  let isSilent = fault?.kind === 'silence';
  const write = (type: string, object: object): void => {
    if (!isSilent) response.write(`${JSON.stringify({ type, object })}\n`);
  };
  const bookmark = (annotations?: object): void => {
    const metadata = { resourceVersion: store.version, ...(annotations ? { annotations } : {}) };
    write('BOOKMARK', { kind: resource.kind, apiVersion: groupVersion, metadata });
  };
  const onChange = (change: StoredChange): void => {
    if (change.resource !== resource.name) return;
    const is = isSelected(change.object, selection);
    const was = change.before !== undefined && isSelected(change.before, selection);
    const type = typeFor(change, { is, was });
    if (type !== undefined) write(type, shape(change.object));
  };
  let unwatch = (): void => {};
  const initial = query.get('sendInitialEvents') === 'true';
  const from = initial ? store.version : query.get('resourceVersion') || store.version;
  // A version that is gone may be said with the HTTP status or, if the headers are out, in the stream.
  const stop = fault?.kind === 'gone-event' ? tooOld(from) : undefined;
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.flushHeaders();
  if (stop) {
    write('ERROR', statusOf(stop));
    response.end();
    return;
  }
  if (fault?.kind === 'cut') {
    response.destroy();
    return;
  }
  if (initial || !query.get('resourceVersion') || query.get('resourceVersion') === '0') {
    for (const object of store.all(resource.name, selection)) write('ADDED', shape(object));
  }
  if (initial) bookmark({ 'k8s.io/initial-events-end': 'true' });
  unwatch = store.watch(from === '0' ? store.version : from, onChange);
  const seconds = Number(query.get('timeoutSeconds') ?? 0);
  const ending = seconds > 0 ? setTimeout(() => watch.close(), seconds * 1000) : undefined;
  const ticking = wantsBookmarks ? setInterval(() => bookmark(), place.bookmarkMs) : undefined;
  const watch: OpenWatch = {
    resource: resource.name,
    close: () => void (isSilent || response.end()),
    cut(halfLine = false) {
      if (!halfLine) return void response.destroy();
      response.write('{"type":"MODIFIED","object":{"kind":"No', () => response.destroy());
    },
    silence() {
      isSilent = true;
    },
    bookmark: () => bookmark(),
  };
  place.open.add(watch);
  response.on('close', () => {
    unwatch();
    clearTimeout(ending);
    clearInterval(ticking);
    place.open.delete(watch);
  });
  if (fault?.kind === 'half') watch.cut(true);
}

const tooOld = (version: string): ApiError =>
  new ApiError(410, 'Expired', `too old resource version: ${version}`);

/** What comes into a selection is new to its watcher, and what leaves it is gone. */
function typeFor(
  { type }: Pick<StoredChange, 'type'>,
  { is, was }: { readonly is: boolean; readonly was: boolean },
): StoredChange['type'] | undefined {
  if (type === 'DELETED') return was ? 'DELETED' : undefined;
  if (is) return was ? 'MODIFIED' : 'ADDED';
  return was ? 'DELETED' : undefined;
}

/** Throws where a version is no longer kept, before any header is out. */
export function refuseTooOld(store: ClusterStore, { query }: ApiRequest): void {
  const version = query.get('resourceVersion');
  if (version && version !== '0') store.watch(version, ignored)();
}

const ignored = (_: { readonly object: ApiObject }): void => {};
