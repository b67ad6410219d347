import { LineChart } from 'echarts/charts';
import {
  GridComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TooltipComponent,
} from 'echarts/components';
import { type EChartsType, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

export interface ChartSize {
  readonly widthPx: number;
  readonly heightPx: number;
}

use([
  LineChart,
  GridComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TooltipComponent,
  SVGRenderer,
]);

/**
 * A chart of Apache ECharts with the parts of ECharts that are used: on an element of a page, or
 * without one, to be drawn as text. The caller disposes of the chart: until then the chart keeps
 * the process alive.
 */
export function createChart(
  element: Parameters<typeof init>[0] | null,
  size?: ChartSize,
): EChartsType {
  const { widthPx: width, heightPx: height } = size ?? {};
  return init(element, null, {
    renderer: 'svg',
    ssr: element === null,
    ...(width === undefined || height === undefined ? {} : { width, height }),
  });
}
