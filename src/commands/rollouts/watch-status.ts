import type { GivenOptions } from '../../config/options/options.ts';
import { aroundStatuses } from '../../control/around/status.ts';
import { freezeNow } from '../../control/freeze.ts';
import { sequenceStatuses } from '../../control/sequence/status.ts';
import { fallbackLines, keptLines } from '../../control/status/fallback-lines.ts';
import { clusterLines, outLines } from '../../control/status/out-lines.ts';
import {
  createOneRolloutWatch,
  createRolloutWatch,
  type Refreshed,
} from '../../control/status/watch-rollouts.ts';
import type { Failure } from '../../domain/failure.ts';
import { freezeText } from '../../domain/rollout/freeze.ts';
import type { CommandContext } from '../../domain/rollout/rollout-status.ts';
import type { WatchedRollout, WatchNote } from '../../reporters/watch/watcher.ts';
import { describeFailure } from '../../reporters/wording.ts';
import { readGuardReports } from '../../rollout/guard-reports.ts';
import type { StopSwitch, Store } from '../../rollout/ports.ts';
import { reporterForm } from '../audience.ts';
import type { Environment } from '../environment.ts';
import { Refusal } from '../refusal.ts';
import { openTools } from '../settings.ts';
import { nothingIn } from './list-rollouts.ts';

const refreshMs = 1_000;

/**
 * `drain status --watch`: all rollouts in progress, until Ctrl-C, which is how such a watch ends: exit
 * code 0. With an id until that rollout has stopped, however it did: 0, and 130 or 143 before that.
 */
export async function watchCommand(
  env: Environment,
  given: GivenOptions,
  word: string | undefined,
): Promise<number> {
  const { store, tools, place, commands, rollout } = await openTools(env, given, {
    rollout: word,
    stays: word === undefined,
  });
  const refusal = rollout === undefined ? undefined : await cannotWatch(store, rollout);
  if (refusal) throw new Refusal([refusal]);
  const refresh =
    rollout === undefined ? watchAll(store, commands) : watchOne(store, rollout, commands);
  const stop = env.listenForStop();
  const form = reporterForm(env, tools);
  const watcher = await env.createWatcher(form);
  const told = new Set<string>();
  try {
    for (;;) {
      const { rollouts, failures, isAtEnd } = await refresh(Date.now());
      for (const failure of failures) {
        if (!told.has(failure.what)) env.err(`${describeFailure(failure, commands)}\n`);
        told.add(failure.what);
      }
      const notes = rollout === undefined ? await notesOf(store, env.nowMs()) : [];
      // No event says so.
      if (form === 'json') for (const line of cutOffWords(rollouts, told)) env.err(line);
      watcher.show({ rollouts, notes, nothing: nothingIn(place), commands });
      if (isAtEnd) return 0;
      if (env.readerIsGone()) return 0;
      await sleepUnlessStopped(stop);
      const signal = stop.requested()?.signal;
      if (signal && rollout === undefined) return 0;
      if (signal) return signal === 'sigint' ? 130 : 143;
    }
  } finally {
    watcher.close();
  }
}

/** The summary of each rollout that is cut off, once; again when it was resumed in between. */
function cutOffWords(rollouts: readonly WatchedRollout[], told: Set<string>): readonly string[] {
  return rollouts.flatMap(({ rollout, status, summary }) => {
    if (status !== 'cut-off') told.delete(rollout);
    if (status !== 'cut-off' || told.has(rollout)) return [];
    told.add(rollout);
    return [summary];
  });
}

async function cannotWatch(store: Store, rollout: string): Promise<Failure | undefined> {
  const around = await store.arounds.read(rollout);
  if (around.ok && around.value) {
    return {
      kind: 'usage',
      what: `${rollout} is a drain around, which has rollouts of its own`,
      next: [['status', '--watch'], ' shows them as they come'],
    };
  }
  const sequence = await store.sequences.read(rollout);
  if (sequence.ok && sequence.value) {
    return {
      kind: 'usage',
      what: `${rollout} is a sequence, which has rollouts of its own`,
      next: 'drain status --watch shows them as they come',
    };
  }
  const read = await store.read(rollout);
  return read.ok ? undefined : read.failure;
}

interface Refresh extends Refreshed {
  /** Whether nothing is left to watch. */
  readonly isAtEnd: boolean;
}

function watchAll(store: Store, commands: CommandContext): (nowMs: number) => Promise<Refresh> {
  const refresh = createRolloutWatch(store, commands);
  return async (nowMs) => ({ ...(await refresh(nowMs)), isAtEnd: false });
}

function watchOne(
  store: Store,
  rollout: string,
  commands: CommandContext,
): (nowMs: number) => Promise<Refresh> {
  const refresh = createOneRolloutWatch(store, rollout, commands);
  let last: readonly WatchedRollout[] = [];
  return async (nowMs) => {
    const seen = await refresh(nowMs);
    if (!seen.ok) return { rollouts: last, failures: [seen.failure], isAtEnd: false };
    const { shown, hasStopped } = seen.value;
    last = [{ ...shown, backlog: [], news: [] }];
    return { rollouts: [shown], failures: [], isAtEnd: hasStopped };
  };
}

/** The freeze in force, the servers that are out of service, each `drain around` and each sequence. */
async function notesOf(store: Store, nowMs: number): Promise<readonly WatchNote[]> {
  const frozen = await freezeNow(store, nowMs);
  const arounds = await aroundStatuses(store, { around: undefined, asJson: false });
  const sequences = await sequenceStatuses(store, {
    sequence: undefined,
    asJson: false,
  });
  const marks = await store.marks.list();
  const shown = [sequences, arounds].flatMap((one) => (one.ok ? one.value.shown : []));
  const aroundNotes = shown.map(({ text, key }): WatchNote => {
    const [line = ''] = text.split('\n');
    return { text: line, key };
  });
  const outNotes = (marks.ok ? marks.value : []).map(
    (mark): WatchNote => ({
      text: outLines([mark], false).trimEnd(),
      key: JSON.stringify([mark.table, mark.service, mark.server, mark.reason, mark.sinceMs]),
    }),
  );
  const claims = await store.marks.clusters.list();
  const clusterNotes = (claims.ok ? claims.value : []).flatMap((claim) =>
    claim.servers.map(
      (one): WatchNote => ({
        text: clusterLines([{ ...claim, servers: [one] }], false).trimEnd(),
        key: JSON.stringify([claim.table, claim.service, one.server, one.state, one.sinceMs]),
      }),
    ),
  );
  const fallbacks = await store.marks.fallbacks.list();
  const fallbackNotes = (fallbacks.ok ? fallbacks.value : []).map(
    (claim): WatchNote => ({
      text: fallbackLines([claim], false).trimEnd(),
      key: JSON.stringify([claim.table, claim.service, claim.sinceMs, claim.leavingMs ?? 0]),
    }),
  );
  const wallMs = Date.now();
  const reports = await readGuardReports(store, wallMs);
  const keptNotes = (reports.ok ? reports.value : []).flatMap((report) =>
    keptLines([report], wallMs, false)
      .split('\n')
      .filter((text) => text !== '')
      .map((text): WatchNote => ({ text, key: text.replace(/ for \S+ /, ' ') })),
  );
  const freezeNotes = (frozen.ok && frozen.value ? [frozen.value] : []).map(
    (freeze): WatchNote => ({ text: freezeText(freeze), key: freezeText(freeze) }),
  );
  return [
    ...freezeNotes,
    ...aroundNotes,
    ...outNotes,
    ...fallbackNotes,
    ...keptNotes,
    ...clusterNotes.filter(({ text }) => text !== ''),
  ];
}

/** Sleeps for a second, or until somebody wants the watch to end. */
function sleepUnlessStopped(stop: StopSwitch): Promise<void> {
  const signal = stop.signal();
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, refreshMs);
    signal.addEventListener('abort', wake);
    if (stop.requested()) wake();
  });
}
