/** One end of the kernel's connection synchronization (`ipvsadm -L --daemon`). */
export interface SyncDaemon {
  /** A master tells of its connections, a backup takes them into its own table. */
  readonly role: 'master' | 'backup';
  /** 0 to 255; 0 takes part in all. */
  readonly syncId: number;
}
