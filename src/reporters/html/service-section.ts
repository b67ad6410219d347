import type { RolloutRecord, ServiceRecord } from '../../record/rollout-record.ts';
import { count } from '../text/amounts.ts';
import { chartFigure } from './chart-figure.ts';
import { type Html, html } from './html.ts';
import { notDrawn, shareChart, tableCharts } from './service-charts.ts';

/** Services open and drawn in full; as many more have all pictures, the rest only a share. */
const mostOpen = 4;
const mostWhole = 4;

/** A section for each service; of many, the later ones are folded. */
export function servicesSection(record: RolloutRecord): Html {
  const { services } = record;
  const open = services.slice(0, mostOpen);
  const folded = services.slice(mostOpen);
  return html`${open.map(
    (service, index) => html`<section>
<h2>${service.service} <small>${about(service, record)}</small></h2>
${pictures(service, record, `s${index}`, services.length <= mostOpen || index === 0)}
</section>`,
  )}
${
  folded.length > 0 &&
  html`<section><h2>${count(folded.length, 'more service')}</h2>${folded.map(
    (
      service,
      index,
    ) => html`<details><summary>${service.service} <small class="quiet">${about(service, record)}</small></summary>
${pictures(service, record, `f${index}`, false, index < mostWhole)}
</details>`,
  )}</section>`
}`;
}

function about({ scheduler, director, servers }: ServiceRecord, { plan }: RolloutRecord): string {
  const where = plan.directors.length > 1 ? ` on ${director}` : '';
  return `${scheduler}${where}, ${count(servers.length, 'real server')}`;
}

const hero = { widthPx: 1060, heightPx: 300 } as const;
const third = { widthPx: 350, heightPx: 230 } as const;

function pictures(
  service: ServiceRecord,
  record: RolloutRecord,
  id: string,
  isWide: boolean,
  isWhole = true,
): Html {
  const charts = [shareChart(service, record), ...(isWhole ? tableCharts(service, record) : [])];
  const left = isWhole ? notDrawn(service) : 0;
  return html`<div class="charts">${charts.map((chart, index) =>
    chartFigure(chart, {
      id: `${id}c${index}`,
      ...(isWide ? { wide: index === 0 ? hero : third } : {}),
    }),
  )}</div>
${left > 0 && html`<p class="note">The weights of ${count(left, 'more server')} are not drawn.</p>`}
${scaleNote(service, record)}
${
  service.delivered.length === 0 &&
  html`<p class="note">No new connections were counted, so there is no delivered share.</p>`
}`;
}

/** Says why the table had other weights during the ramp than are drawn. */
function scaleNote(
  { director, service }: ServiceRecord,
  { plan }: RolloutRecord,
): Html | undefined {
  const scale = plan.directors
    .find((one) => one.director === director)
    ?.services.find((one) => one.service === service)?.scale;
  if (!scale || scale.multiplier === scale.divisor) return undefined;
  const { multiplier, divisor } = scale;
  return html`<p class="note">Base weights are those without the ramp's scale: in the table all weights are multiplied by ${multiplier}${divisor > 1 && ` / ${divisor}`} during the ramp, which changes no share.</p>`;
}
