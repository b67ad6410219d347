import { fail, ok, type Result } from '../../domain/failure.ts';
import { maxWeight } from '../../domain/ipvs/ipvs.ts';
import { printable } from '../../domain/printable.ts';
import { type Move, moves } from '../../domain/rollout/plan.ts';
import {
  type GivenOption,
  type GivenOptions,
  layered,
  type OptionName,
} from '../options/options.ts';
import { OptionReader } from '../options/read-values.ts';
import { type PaceSettings, readPaceSettings } from './settings.ts';

/** The settings of `drain add` and `drain weight`, with server names still as they were written. */
export interface MoveSettings extends PaceSettings {
  readonly move: Move;
  readonly moved: readonly MovedName[];
}

/** A server and its weight; without one, of `add`, the mean of the service's servers that have weight. */
export interface MovedName {
  readonly name: string;
  readonly weight?: number;
}

/** The servers as they were written, and who wrote them. */
export interface MovedTexts extends Pick<GivenOption, 'values'> {
  readonly where?: string | undefined;
  readonly place?: GivenOption['place'];
}

/** Options about the old and new servers of a hand-over, of which a move has none. */
const ofHandOvers = [
  'from',
  'to',
  'weight',
  'setScheduler',
  'restoreScheduler',
  'keep',
  'onTimeout',
] as const satisfies readonly OptionName[];

/** The pace of hand-overs: from a config file it is not meant here. */
const paceOfHandOvers = ['over', 'every', 'curve', 'steps', 'until', 'service'] as const;

/** The usual ramp: a new server may have cold caches; another weight is as good as asked for. */
const usualOver: Readonly<Record<Move, string>> = { add: '30s', weight: '0s' };

/** Whether a plan file asks for a move. */
export const isMove = (given: GivenOptions): boolean =>
  moves.some((move) => given.has(fieldOf[move]));

/** The move of a plan file. */
export function readFileMove(given: GivenOptions): Result<MoveSettings> {
  const [move = 'add', other] = moves.filter((one) => given.has(fieldOf[one]));
  const { values = [], ...at } = given.get(fieldOf[move]) ?? {};
  if (other === undefined) return readMove(move, { values, ...at }, given);
  const { where, place } = given.get(fieldOf[other]) ?? {};
  return fail({
    kind: 'usage',
    what: `${fieldOf[move]} and ${fieldOf[other]} are two rollouts`,
    where,
    place,
    next: 'write them under rollouts, one after the other',
  });
}

/** `given` holds the options of the command line and of files, the config file's among them. */
export function readMove(move: Move, texts: MovedTexts, given: GivenOptions): Result<MoveSettings> {
  const reader = new OptionReader(given);
  for (const name of ofHandOvers) {
    const option = given.get(name);
    const isMeant = option?.layer === 'command-line' || reader.together(fieldOf[move], name);
    if (!isMeant) continue;
    reader.refuse(
      name,
      `${name} is about servers that take over from others, and ${fieldOf[move]} has none`,
      name === 'weight' ? 'write the weight behind the server: 10.0.0.3=100' : 'leave it out',
    );
  }
  const refused = reader.failure();
  if (refused) return fail(refused);
  const moved = readMoved(move, texts);
  if (!moved.ok) return moved;
  const pace = readPaceSettings(withUsualOver(move, withoutHandOver(given)));
  if (!pace.ok) return pace;
  if (move === 'add' && pace.value.services === undefined) return fail(noService(texts));
  return ok({ move, moved: moved.value, ...pace.value });
}

/** The fields of a plan file that stand for the commands. */
export const fieldOf = { add: 'add', weight: 'weights' } as const satisfies Record<
  Move,
  OptionName
>;

const withoutHandOver = (given: GivenOptions): GivenOptions =>
  new Map(
    [...given].filter(
      ([name, { layer }]) =>
        !ofHandOvers.some((one) => one === name) &&
        !(layer === 'config-file' && paceOfHandOvers.some((one) => one === name)),
    ),
  );

function withUsualOver(move: Move, given: GivenOptions): GivenOptions {
  if (given.has('steps')) return given;
  const over: GivenOption = {
    values: [usualOver[move]],
    layer: 'default',
    where: `drain ${move}`,
  };
  return layered(given, new Map<OptionName, GivenOption>([['over', over]]));
}

const noService = ({ where, place }: MovedTexts) =>
  ({
    kind: 'usage',
    what: '--service is missing: the virtual service that the server comes into',
    where,
    place,
    next: 'name it, for example --service tcp/10.0.0.100:80',
  }) as const;

const readMoved = (
  move: Move,
  { values, where, place }: MovedTexts,
): Result<readonly MovedName[]> => {
  const texts = values.flatMap((list) => list.split(',')).map((text) => text.trim());
  const moved: MovedName[] = [];
  for (const text of texts) {
    const found = readOne(move, text);
    if (!found.ok) return fail({ kind: 'usage', ...found.failure, where, place });
    moved.push(found.value);
  }
  return ok(moved);
};

/** One server: `10.0.0.3=100`, and of `add` also `10.0.0.3`. */
function readOne(
  move: Move,
  text: string,
): Result<MovedName, { readonly what: string; readonly next: string }> {
  const example = move === 'add' ? '10.0.0.3 or 10.0.0.3=100' : '10.0.0.1=50';
  const at = text.lastIndexOf('=');
  const name = at < 0 ? text : text.slice(0, at).trim();
  if (name === '') {
    return fail({ what: 'a name of a server is empty', next: `write for example ${example}` });
  }
  if (at < 0) {
    if (move === 'add') return ok({ name });
    const what = `"${printable(text)}" has no weight`;
    return fail({ what, next: `write for example ${printable(text)}=50` });
  }
  const number = text.slice(at + 1).trim();
  const least = move === 'add' ? 1 : 0;
  const weight = /^\d{1,6}$/.test(number) ? Number(number) : -1;
  if (weight >= least && weight <= maxWeight) return ok({ name, weight });
  const what = `"${printable(text)}": "${printable(number)}" is no weight from ${least} to ${maxWeight}`;
  return fail({ what, next: `write for example ${example}` });
}
