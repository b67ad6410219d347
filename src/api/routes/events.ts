import { fail, ok } from '../../domain/failure.ts';
import type { Handler } from '../call.ts';
import type { EventFeed } from '../events/event-feeds.ts';
import { refuse } from '../problem.ts';
import { askedRollout } from './rollouts.ts';

/** A stream without events says so often that it lives. */
const quietMs = 10_000;

type Form = 'ndjson' | 'sse';

/** `GET /v1/rollouts/ID/events`. */
export const getEvents: Handler = async (call, deps) => {
  const form = formOf(call.headers.get('accept'));
  if (!form) {
    const what = 'events come as application/x-ndjson or text/event-stream';
    return fail(refuse(406, { kind: 'usage', what, next: 'accept one of them' }));
  }
  const found = await askedRollout(call, deps);
  if (!found.ok) return found;
  const { site, seen } = found.value;
  const feed = deps.feeds.join(site.store, seen.rollout);
  if (!feed) {
    const what = 'too many listen to events already';
    return fail(
      refuse(503, { kind: 'preflight', what, next: 'try again later' }, { 'Retry-After': '10' }),
    );
  }
  const { from, follow } = call.query as { readonly from: number; readonly follow: string };
  const last = call.headers.get('last-event-id');
  const first = last !== null && /^\d{1,15}$/.test(last) ? Number(last) + 1 : from;
  const stream = { feed, first, form, follow: follow === 'true', isStillKnown: call.isStillKnown };
  // Not before everything is with the network: whoever closes the server waits for it.
  if (call.outgoing.destroyed) feed.leave();
  else call.outgoing.once('close', () => feed.leave());
  return ok(
    new Response(streamOf(stream), {
      headers: {
        'Content-Type': form === 'sse' ? 'text/event-stream' : 'application/x-ndjson',
        'X-Accel-Buffering': 'no',
      },
    }),
  );
};

/** The form that a caller accepts; whoever takes anything gets lines. */
function formOf(accept: string | null): Form | undefined {
  const types = (accept ?? '*/*')
    .split(',')
    .map((type) => type.split(';')[0]?.trim().toLowerCase());
  for (const type of types) {
    if (type === 'text/event-stream') return 'sse';
    if (['application/x-ndjson', 'application/*', '*/*'].includes(type ?? '')) return 'ndjson';
  }
  return undefined;
}

interface Streamed {
  readonly feed: EventFeed;
  readonly first: number;
  readonly form: Form;
  readonly follow: boolean;
  readonly isStillKnown: () => Promise<boolean>;
}

/** Events as bytes, no faster than they are read. */
function streamOf({
  feed,
  first,
  form,
  follow,
  isStillKnown,
}: Streamed): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let number = first;
  let knownMs = performance.now();
  return new ReadableStream(
    {
      async pull(controller) {
        const fed = await feed.after(number, { follow, quietMs });
        if (performance.now() - knownMs >= quietMs) {
          knownMs = performance.now();
          if (!(await isStillKnown())) {
            controller.close();
            return;
          }
        }
        switch (fed.kind) {
          case 'events': {
            const text = fed.lines.map((line, index) => written(form, number + index, line));
            number += fed.lines.length;
            controller.enqueue(encoder.encode(text.join('')));
            return;
          }
          case 'quiet':
            controller.enqueue(encoder.encode(form === 'sse' ? ':\n\n' : '\n'));
            return;
          case 'ended':
            controller.close();
        }
      },
      cancel: () => feed.leave(),
    },
    { highWaterMark: 0 },
  );
}

const written = (form: Form, number: number, line: string): string =>
  form === 'sse' ? `id: ${number}\ndata: ${line}\n\n` : `${line}\n`;
