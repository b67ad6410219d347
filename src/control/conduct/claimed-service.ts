import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import type { DirectorAccess } from '../../domain/places/director-access.ts';
import { fullNames } from '../../domain/places/named-servers.ts';
import { printable } from '../../domain/printable.ts';
import type { PrintedCommand } from '../../domain/printed-command.ts';
import { type Elsewhere, placeText } from '../../domain/rollout/elsewhere.ts';
import { maintenanceOf } from '../../domain/rollout/maintenance.ts';
import { movedServers, type Plan } from '../../domain/rollout/plan.ts';
import { resourcesOf } from '../../domain/rollout/rollout-locks.ts';
import { allWays, waysFrom } from '../../domain/rollout/rollout-status.ts';
import { type ClaimStore, tablesOf, unfinishedOn } from '../../rollout/journal/unfinished.ts';
import { isOnTheWay } from '../../rollout/state/ramp-progress.ts';
import type { RolloutState } from '../../rollout/state/rollout-state.ts';
import type { ClaimElsewhere, ClaimsElsewhere } from '../../rollout/table-claims.ts';

/** The rollout that a new one asks about, and those that it takes over from. */
export interface Newcomer extends Pick<RolloutState, 'plan' | 'access'> {
  readonly replaces: readonly string[];
  /** Whether to go past claims of other stores of which no more is known. */
  readonly force?: boolean | undefined;
}

/**
 * The failure of a rollout that would move weights of a service which an unfinished one has on its
 * way, of this store or of another. Servers that neither moves may be taken out and brought back beside it.
 * What was passed over is returned, and claims nothing any more.
 */
export async function claimedService(
  store: ClaimStore,
  newcomer: Newcomer,
): Promise<Result<readonly Failure[]>> {
  const found = await unfinishedOn(store, tablesOf(newcomer.access));
  if (!found.ok) return found;
  const { rollouts, elsewhere } = found.value;
  const before = rollouts.find(
    (state) => !newcomer.replaces.includes(state.rollout) && isInTheWay(state, newcomer),
  );
  if (before) return fail(inTheWay(before, sharedResource(before, newcomer) ?? '', elsewhere));
  const own = resourcesOf(newcomer.plan, newcomer.access);
  return passing(store, unknownOn(own, elsewhere), newcomer.force ?? false);
}

/**
 * The failure of a rollout that is to go on or back while a later one, which began on the weights that the
 * first had left, is not over: what was begun last ends first. A server that is out and only waited for
 * may be waited for all the same.
 */
export async function laterRollout(
  store: ClaimStore,
  own: RolloutState,
  { direction, force }: { readonly direction: 'forward' | 'back'; readonly force: boolean },
): Promise<Result<readonly Failure[]>> {
  if (maintenanceOf(own.plan) && !isOnTheWay(own) && direction === 'forward') return ok([]);
  const found = await unfinishedOn(store, tablesOf(own.access));
  if (!found.ok) return found;
  const { rollouts, elsewhere } = found.value;
  // Ids are in the order of time.
  const isLater = ({ rollout }: { readonly rollout: string }) => rollout > own.rollout;
  const later = rollouts.find((one) => isLater(one) && sharedResource(one, own) !== undefined);
  if (later) return fail(inTheWay(later, sharedResource(later, own) ?? '', elsewhere));
  const unknown = unknownOn(resourcesOf(own.plan, own.access), elsewhere).filter(isLater);
  return passing(store, unknown, force);
}

/**
 * The failure of a request for services which directors do not hold alike because an unfinished rollout has one
 * of them on its way: they are alike when that is over, and no rollout has to go on with each as it is.
 */
export async function whyTheyDiffer(
  store: ClaimStore,
  access: readonly DirectorAccess[],
  services: readonly string[],
): Promise<Failure | undefined> {
  const found = await unfinishedOn(store, tablesOf(access));
  if (!found.ok) return undefined;
  for (const before of found.value.rollouts) {
    const own = before.plan.directors.flatMap((director) => director.services);
    const shared = own.find(({ service }) => services.includes(service));
    if (shared) return inTheWay(before, shared.service, found.value.elsewhere);
  }
  return undefined;
}

/** The claims of other stores on these services of which nothing is known but that they are not over. */
const unknownOn = (
  own: readonly string[],
  { rollouts }: ClaimsElsewhere,
): readonly ClaimElsewhere[] =>
  rollouts.filter(({ state, resources }) => !state && resources.some((one) => own.includes(one)));

async function passing(
  { claims }: ClaimStore,
  unknown: readonly ClaimElsewhere[],
  force: boolean,
): Promise<Result<readonly Failure[]>> {
  const [first] = unknown;
  if (first && !force) return fail(unknownInTheWay(first));
  for (const one of unknown) await claims?.dismiss(one);
  return ok(unknown.map(unknownInTheWay));
}

type Claim = Pick<RolloutState, 'plan' | 'access'>;

function isInTheWay(before: RolloutState, newcomer: Newcomer): boolean {
  if (sharedResource(before, newcomer) === undefined) return false;
  // Servers that are out at weight 0 leave the others on their own scale.
  if (maintenanceOf(before.plan) && !isOnTheWay(before)) return false;
  return !maintenanceOf(newcomer.plan) || movesSame(before.plan, newcomer.plan);
}

const sharedResource = (before: Claim, newcomer: Claim): string | undefined => {
  const own = resourcesOf(newcomer.plan, newcomer.access);
  return resourcesOf(before.plan, before.access).find((resource) => own.includes(resource));
};

function movesSame(one: Plan, other: Plan): boolean {
  const moved = new Set(movedServers(one).map(({ service, server }) => `${service} ${server}`));
  return movedServers(other).some(({ service, server }) => moved.has(`${service} ${server}`));
}

function inTheWay(before: RolloutState, shared: string, { rollouts }: ClaimsElsewhere): Failure {
  const { rollout, plan, end } = before;
  const at = rollouts.find(({ state }) => state === before)?.at;
  const servers =
    plan.from.length > 0 && plan.to.length > 0
      ? `${fullNames(plan.from, plan.names)} to ${fullNames(plan.to, plan.names)}`
      : fullNames([...plan.from, ...plan.to], plan.names);
  const where = at ? ` ${placeText(at)}` : '';
  return {
    kind: 'conflict',
    what: `${shared} is in rollout ${rollout} (${servers})${where}, which ${end ? `is held: ${end.message}` : 'was cut off'}`,
    next: ['end that one first: ', ...endings(rollout, { isHeld: end !== undefined, at })],
  };
}

const unknownInTheWay = ({ rollout, resources, at }: ClaimElsewhere): Failure => ({
  kind: 'conflict',
  what: `${resources[0] ?? ''} is in rollout ${printable(rollout)} ${placeText(at)}, which is not known to be over`,
  next: [
    'end that one first, where its state is: ',
    ...endings(rollout, { isHeld: true, at }),
    '; where that state is lost, insist with --force',
  ],
});

/** The commands that end a rollout which stands still, with their state where it is another than here. */
function endings(
  rollout: string,
  { isHeld, at }: { readonly isHeld: boolean; readonly at: Elsewhere | undefined },
): readonly (string | PrintedCommand)[] {
  const ways = waysFrom(isHeld ? 'held' : 'cut-off', rollout);
  const commands = [...allWays(ways), ...(ways.leave ? [ways.leave] : [])];
  const state = at ? ['--state', at.state] : [];
  return commands.flatMap(([name, ...words], index) => {
    const way: PrintedCommand = [name, ...words, ...state];
    return index === 0 ? [way] : [', or ', way];
  });
}
