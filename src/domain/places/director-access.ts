import type { ManagerTerms } from '../ipvs/managed-service.ts';

/** The access to one director of a rollout, for whoever resumes it. */
export interface DirectorAccess {
  /** The director's name in plans and events. */
  readonly director: string;
  /** The place, as `--director` takes it: `local`, `ssh://[user@]host[:port]`, `sim`, `sim:FILE`. */
  readonly where: string;
  /** The words that call ipvsadm there. */
  readonly ipvsadm: string;
  /** The way of living with the program that manages the table; absent: no word on it. */
  readonly manager?: ManagerTerms | undefined;
}

/** The place of the director of this machine. */
export const isLocalPlace = (where: string): boolean => where === 'local';

/** Tells a simulated director, which has a time of its own, by its place: `sim`, `sim:FILE`. */
export const isSimulatedPlace = (where: string): boolean =>
  where === 'sim' || where.startsWith('sim:');

/** Tells directors of which one at least is simulated. */
export const isSimulated = (access: readonly Pick<DirectorAccess, 'where'>[]): boolean =>
  access.some(({ where }) => isSimulatedPlace(where));
