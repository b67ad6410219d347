import * as z from 'zod';
import { fail } from '../domain/failure.ts';
import { printable } from '../domain/printable.ts';
import { isRolloutId } from '../domain/rollout/rollout-id.ts';
import type { ControlInbox, ControlRequest, Store } from '../rollout/ports.ts';
import type { Kept, Place } from './place.ts';

const ms = z.number().min(0).finite();

const schema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['pause', 'continue']) }),
  z.strictObject({
    kind: z.literal('rollback'),
    pace: z.strictObject({ overMs: ms, everyMs: ms.min(1) }).exactOptional(),
  }),
]);

/**
 * Requests of other terminals as documents under the id of the rollout; the last one counts. With
 * `giveUp` an inbox waits no longer than that for a place that is slow or away, and says later what
 * it has found.
 */
export function createRequests(
  place: Place,
  giveUp?: () => Promise<void>,
): Pick<Store, 'ask' | 'inbox'> {
  return {
    async ask(rollout, request) {
      if (isRolloutId(rollout)) return place.put(rollout, JSON.stringify(request));
      return fail({
        kind: 'usage',
        what: `there is no rollout "${printable(rollout)}"`,
        next: 'drain history lists them',
      });
    },
    inbox: (rollout) => createInbox(place, rollout, giveUp),
  };
}

function createInbox(place: Place, rollout: string, giveUp?: () => Promise<void>): ControlInbox {
  let looking: Promise<void> | undefined;
  let taken: ControlRequest | undefined;
  /** The request whose removal was asked for without an answer. */
  let removing: Kept | undefined;

  const look = async (): Promise<void> => {
    const read = await place.get(rollout);
    if (!read.ok) return;
    const { value: kept } = read;
    if (removing && removing.version !== kept?.version) {
      // Nobody but the holder of the locks takes requests: it was this one.
      taken = requestIn(removing);
      removing = undefined;
    } else if (kept) {
      const removal = await place.remove(rollout, { rollout, version: kept.version });
      if (!removal.ok) return;
      if (removal.value === 'unknown') removing = kept;
      if (removal.value !== 'removed') return;
      removing = undefined;
      taken = requestIn(kept);
    }
  };

  return {
    async take() {
      looking ??= look().finally(() => {
        looking = undefined;
      });
      await (giveUp ? Promise.race([looking, giveUp()]) : looking);
      const request = taken;
      taken = undefined;
      return request;
    },
  };
}

/** The request in a document; nothing when it is no request of this version. */
function requestIn({ text }: Kept): ControlRequest | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    // No JSON: nothing that this program wrote.
    return undefined;
  }
}
