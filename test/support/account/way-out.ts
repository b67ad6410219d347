import type { ServerKey, ServiceKey } from '../../../src/domain/address.ts';
import { isFinalEnd } from '../../../src/domain/rollout/rollout-status.ts';
import type { Command } from './commands.ts';
import type { Machine, StateName } from './machine.ts';
import type { Model } from './model.ts';
import type { DrainProcess, Ended } from './process.ts';

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
}

/** Ends all that stands by the commands that are printed. */
export async function wayOut({ machine, model, begin, pass, note, say }: WayOut): Promise<void> {
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
    let options = next.commands;
    let last: Ended | undefined;
    for (;;) {
      const command = options.find((one) => !before.has(JSON.stringify(one)));
      if (!command) return note(`${next.subject} has no way out: ${last?.said}`);
      before.add(JSON.stringify(command));
      if (command.kind === 'in' && command.weight !== undefined)
        model.given(command.server, command.weight);
      const ended = await until(begin(next.state, command));
      if (!ended) return;
      last = ended;
      await model.scan();
      if (ended.exitCode === 0 || (await standing(machine, model))?.subject !== next.subject) break;
      const printed = ended.advice.flatMap(([name = '', id = '', ...words]): Command[] =>
        ['resume', 'rollback', 'abandon', 'continue', 'pause'].includes(name)
          ? [
              name === 'resume' || name === 'rollback'
                ? { kind: name, id, words }
                : asCommand(name, id),
            ]
          : [],
      );
      if (ended.mend.length > 0 && !before.has('mend')) {
        before.add('mend');
        for (const line of ended.mend) {
          say(`somebody: ${line}`);
          const words = line.slice(line.indexOf('ipvsadm') + 8).split(' ');
          machine.simulation.ipvsadm(words);
          const at = `${words[1] === '-u' ? 'udp' : 'tcp'}/${words[2]}` as ServiceKey;
          model.mended(at, words[4] as ServerKey);
        }
        before.delete(JSON.stringify(command));
        options = [command, ...printed];
        continue;
      }
      options = [
        ...printed,
        ...('server' in command && command.kind === 'in' ? insisting(command) : []),
      ];
      if (options.length === 0 && command.kind !== 'in') options = next.commands;
    }
  }
  guard?.signal('sigterm');
  if (guard) await until(guard);
}

const insisting = (
  command: Extract<Command, { server: string; overMs: number }>,
): readonly Command[] => [
  { ...command, weight: 5 },
  { ...command, force: true },
];

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
