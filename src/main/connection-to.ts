import type { CommandWords } from '../domain/command-words.ts';
import type { SshAddress } from '../domain/places/ssh-address.ts';
import { usualConnectLimitMs } from '../ipvs/ssh/run-over-ssh.ts';
import { type SshConnection, sharedConnection } from '../ipvs/ssh/ssh-connection.ts';

/** The client that makes connections, as the operator's PATH has it. */
export const sshClient: CommandWords = ['ssh'];

/** The connection of this process to a machine, for its commands and its locks. */
export const connectionTo = (address: SshAddress): SshConnection =>
  sharedConnection({ address, ssh: sshClient, timeLimitMs: usualConnectLimitMs });
