import * as z from 'zod';
import { type Freeze, freezeId } from '../../domain/rollout/freeze.ts';
import { timeMs } from '../../files/time-schema.ts';
import { keptSentence, sentence } from '../kept-sentence.ts';
import type { RecordForm } from './records.ts';

/** The freeze of a state, of which there is one. */
export const freezeForm: RecordForm<Freeze> = {
  schema: z
    .strictObject({
      v: z.literal(1),
      user: z.string().max(4_096),
      host: z.string().max(4_096),
      run: z.string().max(4_096).exactOptional(),
      reason: sentence,
      sinceMs: timeMs,
      untilMs: timeMs.exactOptional(),
    })
    .transform(({ v: _, ...freeze }): Freeze => freeze),
  newest: 1,
  idOf: () => freezeId,
  write: (freeze) => JSON.stringify({ v: 1, ...freeze, reason: keptSentence(freeze.reason) }),
};
