import { colour } from '../../charts/colours.ts';
import { drawSvg } from '../../charts/draw-svg.ts';
import type { ChartSize } from '../../charts/echarts.ts';
import { type TimeChart, type TimeSeries, valueAt } from '../../charts/time-chart.ts';
import { amount, marginsOf, timeLabel } from '../../charts/time-chart-option.ts';
import { type Html, html, trusted } from './html.ts';

export interface FigureLook {
  /** The size in a window that is wide enough; absent: the narrow one everywhere. */
  readonly wide?: ChartSize;
  /** A name that no other figure of the page has. */
  readonly id: string;
}

/** The size for a phone, and for two figures side by side on paper. */
const narrow: ChartSize = { widthPx: 400, heightPx: 240 };

/** A chart with its title and legend. Without a script: values are said where the pointer rests. */
export function chartFigure(chart: TimeChart, { wide, id }: FigureLook): Html {
  return html`<figure class="chart">
<figcaption>${chart.title}</figcaption>
<ul class="legend">${chart.series.map(legendItem)}${markItems(chart)}</ul>
${wide && picture(chart, wide, `${id}w`, 'wide')}
${picture(chart, narrow, `${id}n`, wide ? 'narrow' : 'only')}
</figure>`;
}

const legendItem = ({ name, colour: inColour, line = 'solid' }: TimeSeries): Html =>
  html`<li><i class="${line}" style="border-color:${colour(inColour)}"></i>${name}</li>`;

/** Legend items for the lines from top to bottom, each name once. */
const markItems = ({ marks }: TimeChart): readonly Html[] =>
  [...new Set(marks.map(({ name }) => name))].map(
    (name) => html`<li><i class="dotted" style="border-color:${colour('bad')}"></i>${name}</li>`,
  );

function picture(chart: TimeChart, size: ChartSize, id: string, use: string): Html {
  const { widthPx, heightPx } = size;
  return html`<svg class="${use}" viewBox="0 0 ${widthPx} ${heightPx}" role="img" aria-label="${chart.title}">
${trusted(drawSvg(chart, size, id))}${use === 'wide' && readings(chart, size)}</svg>`;
}

const mostReadings = 60;

/** Strips over the plot that say time and values. */
function readings(chart: TimeChart, { widthPx, heightPx }: ChartSize): Html {
  const { fromMs, toMs, unit, series } = chart;
  const { leftPx, rightPx, topPx, bottomPx } = marginsOf(chart);
  const plotPx = widthPx - leftPx - rightPx;
  const heightOfPlotPx = heightPx - topPx - bottomPx;
  const wide = plotPx / mostReadings;
  const strips = Array.from({ length: mostReadings }, (_, index) => {
    const atMs = fromMs + ((index + 0.5) / mostReadings) * (toMs - fromMs);
    const values = series.map((one) => {
      const value = valueAt(one, atMs);
      return `${one.name}: ${value === null ? 'none' : amount(value, unit, 1)}`;
    });
    const title = [`${timeLabel(atMs, 0)} UTC`, ...values];
    return html`<rect x="${(leftPx + index * wide).toFixed(1)}" width="${wide.toFixed(1)}" y="${topPx}" height="${heightOfPlotPx}"><title>${title.map((line, nth) => html`${nth > 0 && '\u2003'}${line}`)}</title></rect>`;
  });
  return html`<g class="readings">${strips}</g>`;
}
