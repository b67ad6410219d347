import { type ChartSize, createChart } from './echarts.ts';
import type { TimeChart } from './time-chart.ts';
import { timeChartOption } from './time-chart-option.ts';

/**
 * A chart as the inside of an `<svg>` and its size, without a browser. The same chart is the same text,
 * whatever was drawn before; `id` keeps apart what several pictures of one page define.
 */
export function drawSvg(chart: TimeChart, size: ChartSize, id: string): string {
  const drawing = createChart(null, size);
  try {
    drawing.setOption(timeChartOption(chart, size));
    return inside(drawing.renderToSVGString({ useViewBox: true }), id);
  } finally {
    drawing.dispose();
  }
}

/** The picture without its `<svg>` tags, its fonts, and the parts for a pointer or for scripts. */
function inside(svg: string, id: string): string {
  return svg
    .replace(/^<svg[^>]*>\n?/, '')
    .replace(/<\/svg>\s*$/, '')
    .replace(/<style\s*>[\s\S]*?<\/style>\n?/g, '')
    .replace(/font-family:[^;"]*;?/g, '')
    .replace(/font: normal normal (\d+px)[^";]*/g, 'font-size:$1')
    .replace(/ (class|xml:space|ecmeta_\w+)="[^"]*"/g, '')
    .replace(/\bzr\d+-/g, `${id}-`)
    .replace(/<rect [^>]*fill="none"[^>]*><\/rect>\n?/, '');
}
