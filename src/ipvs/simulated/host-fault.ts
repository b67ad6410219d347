/** What is wrong with the host of a real server. */
export type HostFault =
  /** Its packets go nowhere: the client sends its SYN again after 1, 2 and 4 s, and gives up. */
  | 'silent'
  /** Nobody listens on the port: a reset answers each SYN. */
  | 'refusing'
  /** Accepts, and resets the connection at the first request. */
  | 'closing';
