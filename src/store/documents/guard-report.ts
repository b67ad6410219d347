import * as z from 'zod';
import type { GuardReport } from '../../domain/health/guard-report.ts';
import { serverKey, serviceKey } from '../../files/plan-schema.ts';
import { timeMs } from '../../files/time-schema.ts';
import type { RecordForm } from './records.ts';

const amount = z.int().min(0);
const word = z.string().max(4_096);

const reported = z.strictObject({
  server: serverKey,
  verdict: z.enum(['unknown', 'up', 'down']),
  sinceMs: timeMs,
  detail: z.string().max(1_000),
  askedMs: timeMs,
  flaps: amount,
  kept: z.enum(['min-serving', 'min-healthy', 'all-dead']).exactOptional(),
});

/** The report of a guard, of which each run has its own. */
export const guardReportForm: RecordForm<GuardReport> = {
  schema: z
    .strictObject({
      v: z.literal(1),
      guard: z.string().max(64),
      table: word,
      director: word,
      host: word,
      pid: amount,
      file: word,
      sinceMs: timeMs,
      aliveMs: timeMs,
      patienceMs: amount,
      services: z.array(
        z.strictObject({
          service: serviceKey,
          servers: amount,
          up: amount,
          answeredMs: timeMs.exactOptional(),
          allDead: z.boolean(),
          isLeftToRollout: z.boolean(),
          bad: z.array(reported),
        }),
      ),
      more: amount.exactOptional(),
    })
    .transform(({ v: _, ...report }): GuardReport => report),
  newest: 1,
  idOf: ({ guard }) => guard,
  write: (report) => JSON.stringify({ v: 1, ...report }),
};
