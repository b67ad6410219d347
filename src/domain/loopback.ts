import { isIPv4 } from 'node:net';

/** Whether only this machine can reach it: `127.0.0.1`, `127.1.2.3`, `::1`, `localhost`. */
export const isLoopback = (host: string): boolean =>
  isIPv4(host) ? host.startsWith('127.') : host === '::1' || host.toLowerCase() === 'localhost';
