import { setMaxListeners } from 'node:events';

/**
 * Runs `giveUp` when `signal` aborts; the returned function cancels that. Hundreds of checks may
 * wait for one signal, which node would take for a leak and say so on stderr.
 */
export function onAbort(signal: AbortSignal, giveUp: () => void): () => void {
  setMaxListeners(0, signal);
  signal.addEventListener('abort', giveUp);
  return () => signal.removeEventListener('abort', giveUp);
}
