/** The settings under /proc/sys/net/ipv4/vs that the model follows. */
export interface Sysctl {
  /** 0: a reused source port goes on with its old server; 1: a new one is chosen; 2: also out of FIN_WAIT. */
  readonly connReuseMode: 0 | 1 | 2;
  /** 1: connections of a removed server are dropped at once; 0: their packets vanish. */
  readonly expireNodestConn: 0 | 1;
  /** 1: a persistence template to a server at weight 0 is not used again. */
  readonly expireQuiescentTemplate: 0 | 1;
}

export const sysctlDefaults: Sysctl = {
  connReuseMode: 1,
  expireNodestConn: 0,
  expireQuiescentTemplate: 0,
};
