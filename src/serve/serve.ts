import type { Result } from '../domain/failure.ts';
import { type HttpApi, type Listening, listen, type TlsOptions } from './http/http-server.ts';
import type { RequestPolicy } from './http/request-guard.ts';
import { route } from './http/routes.ts';
import { createMetrics } from './metrics/all-metrics.ts';
import { createExposition } from './metrics/exposition.ts';
import { createPageReader } from './page.ts';
import { createViewReader, type ViewDeps } from './view/read-view.ts';
import { createRolloutViews, type RolloutViewsDeps } from './view/rollout-views.ts';
import { oncePer } from './view/shared-work.ts';
import type { View } from './view/view.ts';

export interface ServeDeps extends Omit<ViewDeps, 'readRollouts' | 'store'> {
  readonly store: ViewDeps['store'] & RolloutViewsDeps['store'];
  /** The place of the commands that are shown: the state that is served. */
  readonly commands?: RolloutViewsDeps['commands'];
}

export interface ServeOptions extends RequestPolicy {
  readonly port: number;
  readonly version: string;
  readonly node: string;
  readonly loadPageScript: () => Promise<string>;
  readonly tls?: TlsOptions | undefined;
  readonly api?: HttpApi | undefined;
}

/** Serves `/metrics`, `/healthz`, the live page and its data, until it is closed. Changes nothing. */
export function serve(deps: ServeDeps, options: ServeOptions): Promise<Result<Listening>> {
  const { version, node } = options;
  const readView = createViewReader({ ...deps, readRollouts: createRolloutViews(deps) });
  const exposition = createExposition();
  const metricsOf = createMetrics({ version, node });
  const routeDeps = {
    version,
    readPage: createPageReader(options.loadPageScript),
    readView,
    writeMetrics: oncePer(async (view: View) => ({
      type: exposition.type,
      text: await exposition.write(metricsOf(view)),
    })),
  };
  return listen({ ...options, answer: (path) => route(path, routeDeps) });
}
