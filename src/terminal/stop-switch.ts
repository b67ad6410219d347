import type { StopRequest } from '../rollout/observation.ts';
import type { StopSwitch } from '../rollout/run.ts';

/**
 * SIGINT and SIGTERM as requests that the engine reads between two actions, never in the middle of
 * one. A lost terminal (SIGHUP) ends nothing: the rollout goes on.
 */
export function listenForStop(source: NodeJS.Process): StopSwitch {
  let request: StopRequest | undefined;
  let controller = new AbortController();
  const on = (signal: StopRequest['signal']) => (): void => {
    request = request ? { ...request, again: true } : { signal, again: false };
    const last = controller;
    controller = new AbortController();
    last.abort();
  };
  source.on('SIGINT', on('sigint'));
  source.on('SIGTERM', on('sigterm'));
  source.on('SIGHUP', () => {});
  return { requested: () => request, signal: () => controller.signal };
}
