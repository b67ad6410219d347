import type { ServerKey, ServiceKey } from '../../../src/domain/address.ts';
import { isFinalEnd } from '../../../src/domain/rollout/rollout-status.ts';
import { type AccountCluster, clusterWeights } from './cluster.ts';
import type { Command } from './commands.ts';
import type { Machine, StateName } from './machine.ts';
import type { Model } from './model.ts';
import { type DrainProcess, type Ended, stateFolder } from './process.ts';
import { web } from './table.ts';

/** Commands that may be needed to end all that a story leaves. */
const mostCommands = 40;

export const asCommand = (kind: string, id: string): Command => {
  switch (kind) {
    case 'accept':
      return { kind: 'resume', id, words: ['--accept'] };
    case 'accept-back':
      return { kind: 'rollback', id, words: ['--accept'] };
    case 'resume':
    case 'rollback':
      return { kind, id, words: [] };
    case 'pause':
    case 'continue':
    case 'abandon':
      return { kind, id };
    default:
      throw new Error(`nobody prints drain ${kind}`);
  }
};

export interface WayOut {
  readonly machine: Machine;
  readonly model: Model;
  readonly begin: (state: StateName, command: Command) => DrainProcess;
  readonly pass: (ms: number) => Promise<void>;
  readonly note: (text: string) => void;
  readonly say: (text: string) => void;
  /** One that has had something of the table. */
  readonly cluster?: AccountCluster | undefined;
}

/** Ends all that stands by the commands that are printed. */
export async function wayOut(options: WayOut): Promise<void> {
  const { cluster, pass, begin, note } = options;
  if (!cluster) return endAll(options);
  cluster.out.clear();
  const controller = begin('a', { kind: 'cluster', cluster });
  cluster.changed();
  await pass(5_000);
  // Edits of others, which it would hold the service for.
  cluster.goOn();
  await pass(55_000);
  await endAll(options);
  await pass(40_000);
  cluster.goOn();
  await pass(40_000);
  for (const text of wrongOfCluster(options)) note(text);
  controller.signal('sigterm');
  for (let i = 0; i < 60 && controller.isRunning(); i++) await pass(1_000);
}

/** Servers of the cluster alone have its weights to the last digit; beside others they have some. */
function wrongOfCluster({ machine, model }: WayOut): readonly string[] {
  const rows = machine.weights().get(web) ?? new Map<ServerKey, number>();
  const own = new Map(clusterWeights);
  const isAlone = [...rows.keys()].every((server) => own.has(server));
  if (model.driven().length === 0) return ['the cluster has nothing'];
  return [...own].flatMap(([server, due]) => {
    const found = rows.get(server) ?? 0;
    return (isAlone ? found === due : found > 0)
      ? []
      : [`${server} of the cluster has ${found}, and ${due} is due`];
  });
}

async function endAll({ machine, model, begin, pass, note, say }: WayOut): Promise<void> {
  let guard: DrainProcess | undefined;
  const tried = new Map<string, Set<string>>();
  const until = async (process: DrainProcess): Promise<Ended | undefined> => {
    for (let i = 0; i < 120 && process.isRunning(); i++) await pass(1_000);
    if (process.isRunning()) note(`${process.what} does not end`);
    return process.isRunning() ? undefined : process.ended;
  };
  for (let count = 0; ; count++) {
    await model.scan();
    const next = await standing(machine, model);
    if (!next) break;
    if (count > mostCommands) return note(`${next.subject} does not end`);
    // What health keeps out only a guard brings back.
    if (model.marks().some(({ reason }) => reason === 'health'))
      guard ??= begin('a', { kind: 'guard' });
    if (next.kind === 'wait') {
      if (count > mostCommands - 2) return note(`${next.subject} stays`);
      await pass(5_000);
      continue;
    }
    const before = tried.get(next.subject) ?? new Set();
    tried.set(next.subject, before);
    let options = next.commands.map((command): Paste => ({ state: next.state, command }));
    let last: Ended | undefined;
    for (;;) {
      const paste = options.find((one) => !before.has(JSON.stringify(one)));
      if (!paste) return note(`${next.subject} has no way out: ${last?.said}`);
      const { command } = paste;
      before.add(JSON.stringify(paste));
      if (command.kind === 'in' && command.weight !== undefined)
        model.given(command.server, command.weight);
      const ended = await until(begin(paste.state, command));
      if (!ended) return;
      last = ended;
      await model.scan();
      // What was in the way has ended, and each command may lead on again.
      if (ended.exitCode === 0 && !next.commands.includes(command)) before.clear();
      if (ended.exitCode === 0 || (await standing(machine, model))?.subject !== next.subject) break;
      const printed = ended.advice.flatMap(([name = '', id = '', ...words]): Paste[] => {
        const command = printedCommand(name, id, words);
        const folder = words[words.indexOf('--state') + 1];
        const state = words.includes('--state') ? stateIn(folder) : paste.state;
        return command ? [{ state, command }] : [];
      });
      if (ended.mend.length > 0 && !before.has('mend')) {
        before.add('mend');
        for (const line of ended.mend) {
          say(`somebody: ${line}`);
          const words = line.slice(line.indexOf('ipvsadm') + 8).split(' ');
          machine.simulation.ipvsadm(words);
          const at = `${words[1] === '-u' ? 'udp' : 'tcp'}/${words[2]}` as ServiceKey;
          model.mended(at, words[4] as ServerKey);
        }
        before.delete(JSON.stringify(paste));
        options = [paste, ...printed];
        continue;
      }
      options = [
        ...printed,
        ...('server' in command && command.kind === 'in' ? insisting(command) : []).map(
          (one): Paste => ({ ...paste, command: one }),
        ),
      ];
      if (options.length === 0 && command.kind !== 'in')
        options = next.commands.map((one): Paste => ({ state: next.state, command: one }));
    }
  }
  guard?.signal('sigterm');
  if (guard) await until(guard);
}

/** A command that is pasted, and the state that it is for. */
interface Paste {
  readonly state: StateName;
  readonly command: Command;
}

const stateIn = (folder: string | undefined): StateName =>
  folder === stateFolder('b') ? 'b' : 'a';

function printedCommand(
  name: string,
  subject: string,
  words: readonly string[],
): Command | undefined {
  switch (name) {
    case 'resume':
    case 'rollback':
      return { kind: name, id: subject, words };
    case 'abandon':
    case 'continue':
    case 'pause':
      return asCommand(name, subject);
    case 'in':
      return { kind: 'in', server: subject.split(':')[0] ?? '', overMs: 0 };
    default:
      return undefined;
  }
}

const insisting = (
  command: Extract<Command, { server: string; overMs: number }>,
): readonly Command[] => {
  const { weight: _, ...asBefore } = command;
  return [
    { ...asBefore, weight: 5 },
    { ...asBefore, force: true },
    { ...asBefore, weight: 5, force: true },
  ];
};

type Next =
  | { readonly kind: 'wait'; readonly subject: string }
  | {
      readonly kind: 'commands';
      readonly subject: string;
      readonly state: StateName;
      readonly commands: readonly Command[];
    };

async function standing(machine: Machine, model: Model): Promise<Next | undefined> {
  for (const [state, { store }] of machine.states) {
    const ids = await store.arounds.list();
    for (const id of ids.ok ? ids.value : []) {
      const read = await store.arounds.read(id);
      if (!read.ok || isFinalEnd(read.value?.end)) continue;
      return {
        ...{ kind: 'commands', subject: `around ${id}`, state },
        commands: [
          { kind: 'resume', id, words: [] },
          { kind: 'rollback', id, words: [] },
        ],
      };
    }
  }
  const [first] = model.unfinished();
  if (first) {
    const { rollout: id } = first.rollout;
    const ways: readonly Command[] = [
      { kind: 'resume', id, words: [] },
      { kind: 'rollback', id, words: [] },
    ];
    return {
      ...{ kind: 'commands', subject: `rollout ${id}`, state: first.state },
      commands: id.endsWith('1') || id.endsWith('3') ? ways : [...ways].reverse(),
    };
  }
  const mark = model.marks().find(({ reason }) => reason === 'operator');
  if (mark) {
    return {
      kind: 'commands',
      subject: `mark of ${mark.server} in ${mark.service} in ${mark.state}`,
      state: mark.state,
      commands: [{ kind: 'in', server: mark.server.split(':')[0] ?? '', overMs: 0 }],
    };
  }
  const [health] = model.marks();
  return (
    health && { kind: 'wait', subject: `health mark of ${health.server} in ${health.service}` }
  );
}
