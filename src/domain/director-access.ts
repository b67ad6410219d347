/** How one director of a rollout is reached, for whoever goes on with it. */
export interface DirectorAccess {
  /** As plans and events name it. */
  readonly director: string;
  /** `local`, `ssh://[user@]host[:port]`, `sim`, `sim:FILE`. */
  readonly where: string;
  /** The words that call ipvsadm there. */
  readonly ipvsadm: string;
}

/** Tells a simulated director, which has a time of its own, by where it is: `sim`, `sim:FILE`. */
export const isSimulatedPlace = (where: string): boolean =>
  where === 'sim' || where.startsWith('sim:');

/** Tells directors of which one at least is simulated. */
export const isSimulated = (access: readonly Pick<DirectorAccess, 'where'>[]): boolean =>
  access.some(({ where }) => isSimulatedPlace(where));
