import type { CommandWords } from '../../domain/command-words.ts';
import type { SshAddress } from '../../domain/places/ssh-address.ts';
import { remoteShell } from './remote-script.ts';

const options = (settings: Readonly<Record<string, string | number>>): readonly string[] =>
  Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);

/** The interval of signs of life: a peer that says nothing for 6 s is gone. */
const aliveIntervalS = 2;
const aliveCount = 2;
const connectTimeoutS = 5;

/**
 * The words that open the connection, with the operator's own configuration, keys, agent and known
 * hosts. ssh then asks nothing, and settings of that configuration for people at a terminal are
 * off.
 */
export const connectWords = (
  ssh: CommandWords,
  { user, host, port }: SshAddress,
  socket: string,
): CommandWords => [
  ...ssh,
  ...options({
    BatchMode: 'yes',
    ConnectTimeout: connectTimeoutS,
    ConnectionAttempts: 1,
    ServerAliveInterval: aliveIntervalS,
    ServerAliveCountMax: aliveCount,
    // Less than that, and it does not say that a server no longer answers.
    LogLevel: 'INFO',
    ControlMaster: 'yes',
    ControlPath: socket,
    ControlPersist: 'no',
    ClearAllForwardings: 'yes',
    ForwardAgent: 'no',
    ForwardX11: 'no',
    PermitLocalCommand: 'no',
    RemoteCommand: 'none',
    RequestTTY: 'no',
  }),
  ...(user === undefined ? [] : ['-l', user]),
  ...(port === undefined ? [] : ['-p', String(port)]),
  '--',
  host,
  remoteShell,
];

/**
 * The words of a session in that connection. Where the connection is gone ssh would make another
 * one by itself; with a proxy that never answers ssh fails instead.
 */
export const sessionWords = (ssh: CommandWords, host: string, socket: string): CommandWords => [
  ...ssh,
  '-F',
  'none',
  ...options({
    BatchMode: 'yes',
    LogLevel: 'ERROR',
    ControlMaster: 'no',
    ControlPath: socket,
    ProxyCommand: 'false',
    RequestTTY: 'no',
  }),
  '--',
  host,
  remoteShell,
];
