import type { Acted } from '../actor/acts.ts';
import { assertNever } from '../assert-never.ts';
import type { CommandWords } from '../command-words.ts';
import type { Floors } from '../floor/floor.ts';
import type { CheckSpec } from '../health/gate.ts';
import type { DirectorAccess } from '../places/director-access.ts';
import type { NamesByServer } from '../places/named-servers.ts';
import type { MaintenanceTerms } from '../rollout/maintenance.ts';
import { type AroundServer, namesOfServers, type ProcessIdentity } from './server-command.ts';

/**
 * The record of a `drain around`: what it does, and how far it is. Kept before each action, the
 * record is all that a resume needs.
 */
export interface AroundRecord {
  readonly around: string;
  readonly startedMs: number;
  readonly access: readonly DirectorAccess[];
  /** The command before `{server}` and the like have been filled in. */
  readonly command: CommandWords;
  readonly commandTimeoutMs?: number;
  readonly force: boolean;
  /** The capacity that services keep; absent: none. */
  readonly floors?: Floors;
  readonly terms: AroundTerms;
  readonly batches: readonly AroundBatch[];
  /** The end, or the stop where `resume` can continue; absent while it runs and after a crash. */
  readonly end?: AroundEnd;
  /** The things that people did to it, its start first. */
  readonly acts?: readonly Acted[];
}

/** The hand that gave an option: one of these wins over those after it. */
export type OptionLayer = 'command-line' | 'environment' | 'plan-file' | 'config-file' | 'default';

/** Terms on which servers are taken out and brought in. */
export type AroundTerms =
  | { readonly kind: 'settings'; readonly out: MaintenanceTerms; readonly in: MaintenanceTerms }
  /** Terms as version 1 of the record kept them: the options of `drain out` and `drain in`. */
  | {
      readonly kind: 'options';
      readonly out: KeptOptions;
      readonly in: KeptOptions;
      readonly checkTimeout?: string;
    };

/** Options by name, as somebody gave them. */
export type KeptOptions = Readonly<Record<string, KeptOption>>;

export interface KeptOption {
  readonly values: readonly string[];
  readonly layer: OptionLayer;
  readonly section?: string | undefined;
  readonly where: string;
  readonly check?: CheckSpec;
}

export interface AroundBatch {
  /** The action under way, or at the time of the stop. */
  readonly phase: 'waiting' | 'out' | 'command' | 'in' | 'done';
  readonly servers: readonly AroundMember[];
}

export interface AroundMember extends AroundServer {
  /** Whether the command has been run for the server, and has succeeded. */
  readonly isCommandDone: boolean;
  /** The command that was started last. */
  readonly process?: ProcessIdentity;
}

export interface AroundEnd {
  /** `failed`: given up. */
  readonly outcome: 'done' | 'held' | 'rolled-back' | 'failed';
  readonly exitCode: number;
  readonly message: string;
}

/** The next action, for one batch, counted from 0. */
export type AroundAction =
  | {
      readonly kind: 'out' | 'command' | 'in';
      readonly batch: number;
      readonly servers: readonly AroundMember[];
    }
  | { readonly kind: 'finish' };

/**
 * Finds the next action. Out and the command are for servers whose command has not succeeded yet;
 * the whole batch comes in together.
 */
export function nextAction({ batches }: AroundRecord): AroundAction {
  const batch = batches.findIndex(({ phase }) => phase !== 'done');
  const current = batches[batch];
  if (!current) return { kind: 'finish' };
  const { phase, servers } = current;
  const pending = servers.filter(({ isCommandDone }) => !isCommandDone);
  if (pending.length === 0) return { kind: 'in', batch, servers };
  switch (phase) {
    case 'waiting':
    case 'out':
      return { kind: 'out', batch, servers: pending };
    case 'command':
      return { kind: 'command', batch, servers: pending };
    case 'in':
    case 'done':
      return { kind: 'in', batch, servers };
    default:
      return assertNever(phase);
  }
}

export const withPhase = (
  record: AroundRecord,
  batch: number,
  phase: AroundBatch['phase'],
): AroundRecord => withBatch(record, batch, (one) => ({ ...one, phase }));

/** The record with one member of a batch replaced, which is told by its name. */
export const withMember = (
  record: AroundRecord,
  batch: number,
  member: AroundMember,
): AroundRecord =>
  withBatch(record, batch, (one) => ({
    ...one,
    servers: one.servers.map((server) => (isSame(server, member) ? member : server)),
  }));

const isSame = ({ name: a }: AroundServer, { name: b }: AroundServer): boolean =>
  a.address === b.address && a.port === b.port;

/**
 * The record without its end, to be resumed. Whoever stopped it may have brought servers in by
 * hand: they are taken out again before the command is run for them.
 */
export function reopened({ end: _, ...record }: AroundRecord): AroundRecord {
  return {
    ...record,
    batches: record.batches.map((batch) =>
      batch.phase === 'command' ? { ...batch, phase: 'out' } : batch,
    ),
  };
}

/** The names by which the servers of all batches were called. */
export const namesInAround = ({ batches }: Pick<AroundRecord, 'batches'>): NamesByServer =>
  namesOfServers(batches.flatMap(({ servers }) => servers));

/** The batch that is under way; it may be out of service. */
export const openBatch = ({ batches }: AroundRecord): AroundBatch | undefined =>
  batches.find(({ phase }) => phase !== 'done' && phase !== 'waiting');

const withBatch = (
  record: AroundRecord,
  batch: number,
  change: (batch: AroundBatch) => AroundBatch,
): AroundRecord => ({
  ...record,
  batches: record.batches.map((one, index) => (index === batch ? change(one) : one)),
});
