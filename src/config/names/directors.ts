import * as z from 'zod';
import { isSimulatedPlace } from '../../domain/places/director-access.ts';
import { isSshAddress, parseSshAddress } from '../../domain/places/ssh-address.ts';
import { printable } from '../../domain/printable.ts';
import { adviceText } from '../../domain/rollout/rollout-status.ts';
import { managerSchema } from '../../files/access-schema.ts';
import type { KnownDirector } from './known-directors.ts';

/** Names that a director may have: what `--director` takes by itself is something else. */
const nameOfDirector = /^(?!(?:local|sim)$)[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/;

const place = z.string().transform((text, ctx) => {
  const message = whyNoPlace(text);
  if (message === undefined) return text;
  ctx.addIssue({ code: 'custom', message });
  return z.NEVER;
});

function whyNoPlace(text: string): string | undefined {
  if (isSshAddress(text)) {
    const address = parseSshAddress(text);
    return address.ok
      ? undefined
      : `${address.failure.what}; ${adviceText(address.failure.next ?? '')}`;
  }
  if (text === 'local' || /^sim(:|$)/.test(text)) return undefined;
  return `"${printable(text)}" is no director: write it as ssh://root@lb1, local or sim:FILE`;
}

const director = z.preprocess(
  (given) => (typeof given === 'string' ? { director: given } : given),
  z
    .strictObject({
      director: place.describe('where it is: ssh://[user@]host[:port], local or sim[:FILE]'),
      ipvsadm: z.string().min(1).optional().describe('how to call ipvsadm there'),
      manager: managerSchema
        .optional()
        .describe(
          'how to live with the program that manages the table there: {keepalived: watch} or {keepalived: track-files}',
        ),
    })
    .superRefine(({ director: where, manager }, ctx) => {
      if (!manager || !isSimulatedPlace(where)) return;
      const message = 'a simulated director has no keepalived beside it: leave manager out';
      ctx.addIssue({ code: 'custom', path: ['manager'], message });
    })
    .transform(
      ({ director: where, ipvsadm, manager }): KnownDirector => ({
        where,
        ...(ipvsadm === undefined ? {} : { ipvsadm }),
        ...(manager ? { manager } : {}),
      }),
    ),
);

/** `directors` of the config file: `lb1: ssh://root@10.0.0.9`, or with how ipvsadm is called there. */
export const directorsField = z
  .record(z.string(), director)
  .superRefine((directors, ctx) => {
    for (const name of Object.keys(directors)) {
      if (nameOfDirector.test(name)) continue;
      const message = 'a director has a name of letters, digits, dots and dashes, not local or sim';
      ctx.addIssue({ code: 'custom', path: [name], message });
    }
  })
  .default({})
  .describe(
    'names of directors: NAME: WHERE, or NAME: {director: WHERE, ipvsadm: COMMAND, manager: {keepalived: watch}}',
  );
