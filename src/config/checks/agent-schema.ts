import * as z from 'zod';
import { periodOf } from './period.ts';

const aPort = 'write a port from 1 to 65535';
const period = periodOf(1, '500ms or 2s');

/** The percentage of `20%`, which stays a number. */
const percent = z.string('write a percentage such as 20%').transform((text, ctx): number => {
  const digits = /^(\d{1,3})%$/.exec(text)?.[1];
  if (digits !== undefined && Number(digits) >= 1 && Number(digits) <= 100) return Number(digits);
  ctx.addIssue({ code: 'custom', message: 'write a percentage from 1% to 100%' });
  return z.NEVER;
});

/** The agent of a service's servers: HAProxy's `agent-check`. */
export const agentSchema = z.strictObject({
  port: z
    .int(aPort)
    .min(1, aPort)
    .max(65_535, aPort)
    .describe('where the agent of a server listens'),
  send: z
    .string()
    .min(1, 'write what the agent is sent, or leave it out')
    .max(1_000, 'write at most 1,000 characters')
    .optional()
    .describe('what the agent is sent first, as it is: "\\n" is a line (default: nothing)'),
  least: percent
    .optional()
    .describe('the lowest percentage that counts, 0% included (default: 0% takes the server out)'),
  interval: period.optional().describe("time between questions (default: the check's)"),
  timeout: period.optional().describe("how long an answer may take (default: the check's)"),
});

export const agentFields: readonly string[] = Object.keys(agentSchema.shape);
