import type { EChartsOption, LineSeriesOption } from 'echarts';
import { colour } from './colours.ts';
import { thinPoints } from './thin-points.ts';
import type { TimeBand, TimeChart, TimeMark, TimeSeries } from './time-chart.ts';

export interface ChartLook {
  readonly widthPx: number;
  /** Times in UTC, or where the browser is. */
  readonly utc?: boolean;
  /** Values at the pointer; where nothing moves, a page has to say them otherwise. */
  readonly tooltip?: boolean;
}

const margins = { leftPx: 60, topPx: 24, bottomPx: 30 } as const;

/** The widest that a digit is in the fonts of the pages, at the size of the labels. */
const digitPx = 7.6;

/**
 * Margins around the plot, so that others can put things over the plot. A label stands in the middle
 * below its time: half of the last one may be right of the plot.
 */
export const marginsOf = ({
  fromMs,
  toMs,
}: Pick<TimeChart, 'fromMs' | 'toMs'>): Readonly<Record<`${Side}Px`, number>> => ({
  ...margins,
  rightPx: Math.ceil((timeLabel(toMs, toMs - fromMs).length * digitPx) / 2) + 2,
});

type Side = 'left' | 'right' | 'top' | 'bottom';

const fontSize = 12;

/** A chart in the form that ECharts takes. Pure, and the same in node and in a browser. */
export function timeChartOption(chart: TimeChart, look: ChartLook): EChartsOption {
  const { unit, fromMs, toMs, series } = chart;
  const { widthPx, utc = true, tooltip = false } = look;
  const text = { color: colour('muted'), fontSize };
  const around = marginsOf(chart);
  return {
    animation: false,
    useUTC: utc,
    textStyle: { fontFamily: 'system-ui, sans-serif' },
    grid: {
      left: around.leftPx,
      right: around.rightPx,
      top: around.topPx,
      bottom: around.bottomPx,
      outerBoundsMode: 'none',
    },
    xAxis: {
      type: 'time',
      min: fromMs,
      max: Math.max(toMs, fromMs + 1),
      splitNumber: Math.max(2, Math.round(widthPx / 200)),
      axisLine: { lineStyle: { color: colour('muted') } },
      axisTick: { lineStyle: { color: colour('muted') } },
      axisLabel: {
        ...text,
        hideOverlap: true,
        rich: {},
        formatter: (atMs: number) => timeLabel(atMs, toMs - fromMs, utc),
      },
      splitLine: { show: false },
    },
    yAxis: {
      type: 'value',
      min: 0,
      ...(unit === 'percent' ? { max: 1, interval: 0.25 } : { minInterval: 1, splitNumber: 4 }),
      axisLabel: { ...text, formatter: (value: number) => amount(value, unit) },
      splitLine: { lineStyle: { color: colour('rule'), width: 1 } },
    },
    ...(tooltip ? { tooltip: tooltipOf(chart, utc) } : {}),
    series: series.map((one, index) => ({
      ...lineOf(one, widthPx),
      ...(index === 0 ? surroundings(chart, widthPx) : {}),
    })),
  };
}

function lineOf(series: TimeSeries, widthPx: number): LineSeriesOption {
  const { name, points, stair, line = 'solid', filled = false } = series;
  const inColour = colour(series.colour);
  return {
    type: 'line',
    name,
    data: thinPoints(points, Math.round(widthPx / 2)).map(([atMs, value]) => [atMs, value ?? '-']),
    ...(stair ? { step: 'end' as const } : {}),
    showSymbol: false,
    symbol: 'circle',
    symbolSize: 5,
    silent: true,
    emphasis: { disabled: true },
    lineStyle: { color: inColour, width: line === 'solid' ? 2.25 : 2, type: line },
    itemStyle: { color: inColour },
    ...(filled ? { areaStyle: { color: inColour, opacity: 0.16 } } : {}),
  };
}

/** The bands and marks of a chart; ECharts hangs them on a series. */
function surroundings(
  chart: TimeChart,
  widthPx: number,
): Pick<LineSeriesOption, 'markArea' | 'markLine'> {
  const { bands, marks, fromMs, toMs } = chart;
  const { leftPx, rightPx } = marginsOf(chart);
  const pxPerMs = (widthPx - leftPx - rightPx) / Math.max(1, toMs - fromMs);
  return {
    markArea: {
      silent: true,
      itemStyle: { color: colour('band'), opacity: 0.17 },
      label: { color: colour('muted'), fontSize: 11, textBorderWidth: 0, position: 'top' },
      data: bands.map((band) => [
        { name: labelOf(band, pxPerMs), xAxis: band.fromMs },
        { xAxis: band.toMs },
      ]),
    },
    markLine: {
      silent: true,
      symbol: 'none',
      lineStyle: { color: colour('bad'), width: 1.5, type: 'dotted' },
      label: { show: false },
      data: marks.map(({ atMs }: TimeMark) => ({ xAxis: atMs })),
    },
  };
}

/** A name that is wider than its band would run into the next one's. */
const labelOf = ({ name, fromMs, toMs }: TimeBand, pxPerMs: number): string =>
  (toMs - fromMs) * pxPerMs < name.length * 6.5 ? '' : name;

function tooltipOf({ unit }: TimeChart, utc: boolean): NonNullable<EChartsOption['tooltip']> {
  return {
    trigger: 'axis',
    renderMode: 'richText',
    backgroundColor: colour('panel'),
    borderColor: colour('rule'),
    textStyle: { color: colour('ink'), fontSize },
    axisPointer: {
      type: 'line',
      lineStyle: { color: colour('muted') },
      label: { formatter: ({ value }) => timeLabel(Number(value), 0, utc) },
    },
    valueFormatter: (value) => (typeof value === 'number' ? amount(value, unit, 1) : 'none'),
  };
}

/** A value as text: `0.25` is `25 %`, 12345 is `12,345`. */
export function amount(value: number, unit: TimeChart['unit'], digits = 0): string {
  if (unit === 'percent') return `${Number((100 * value).toFixed(digits))} %`;
  return value.toLocaleString('en-US', { maximumFractionDigits: 1 });
}

const longestWithSecondsMs = 15 * 60_000;
const longestWithoutDateMs = 36 * 3_600_000;

/** A time in the detail that a picture of that length needs: `12:00:05`, `12:00`, `11-23 12:00`. */
export function timeLabel(atMs: number, spanMs: number, utc = true): string {
  const shifted = utc ? atMs : atMs - new Date(atMs).getTimezoneOffset() * 60_000;
  const text = new Date(shifted).toISOString();
  if (spanMs <= longestWithSecondsMs) return text.slice(11, 19);
  if (spanMs <= longestWithoutDateMs) return text.slice(11, 16);
  return `${text.slice(5, 10)} ${text.slice(11, 16)}`;
}
