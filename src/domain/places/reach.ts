/** Another way to one director of a journal, or to all of them. */
export interface Reach {
  readonly director?: string | undefined;
  readonly where?: string | undefined;
  readonly ipvsadm?: string | undefined;
}
