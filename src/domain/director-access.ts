/** How one director of a rollout is reached, for whoever goes on with it. */
export interface DirectorAccess {
  /** As plans and events name it. */
  readonly director: string;
  /** `local`, `ssh://[user@]host[:port]`, `sim`, `sim:FILE`. */
  readonly where: string;
  /** The words that call ipvsadm there. */
  readonly ipvsadm: string;
}
