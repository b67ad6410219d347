import type { Page } from '../page.ts';
import { stateOf } from '../view/state.ts';
import type { View } from '../view/view.ts';
import { type Answer, textAnswer } from './answers.ts';

export interface RouteDeps {
  readonly version: string;
  readonly readPage: () => Promise<Page>;
  /** Reads everything, once for all who ask at the same time. */
  readonly readView: () => Promise<View>;
  readonly writeMetrics: (view: View) => Promise<MetricsText>;
}

export interface MetricsText {
  readonly type: string;
  readonly text: string;
}

/** The answer to a path; every path only reads. */
export async function route(path: string, deps: RouteDeps): Promise<Answer> {
  switch (path) {
    case '/':
      return pageAnswer(deps);
    case '/state': {
      const state = stateOf(await deps.readView(), deps.version);
      return { status: 200, type: 'application/json; charset=utf-8', body: JSON.stringify(state) };
    }
    case '/metrics': {
      const { type, text } = await deps.writeMetrics(await deps.readView());
      return { status: 200, type, body: text };
    }
    case '/healthz':
      return textAnswer(200, 'ok');
    default:
      return textAnswer(404, 'there is /, /state, /metrics and /healthz');
  }
}

async function pageAnswer({ readPage }: RouteDeps): Promise<Answer> {
  const { html, policy } = await readPage();
  return { status: 200, type: 'text/html; charset=utf-8', body: html, policy };
}
