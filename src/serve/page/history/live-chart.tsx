import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { colour } from '../../../charts/colours.ts';
import { createChart } from '../../../charts/echarts.ts';
import type { TimeChart } from '../../../charts/time-chart.ts';
import { timeChartOption } from '../../../charts/time-chart-option.ts';

const heightPx = 190;

/** A chart that follows its data; one that nobody can see costs nothing. */
export function LiveChart({ chart }: { readonly chart: TimeChart }): VNode {
  const place = useRef<HTMLDivElement>(null);
  const drawing = useRef<ReturnType<typeof createChart> | undefined>(undefined);
  const widthPx = useVisibleWidth(place);
  useEffect(() => {
    const element = place.current;
    if (widthPx === 0 || !element) return;
    drawing.current = createChart(element, { widthPx, heightPx });
    return () => {
      drawing.current?.dispose();
      drawing.current = undefined;
    };
  }, [widthPx]);
  useEffect(() => {
    drawing.current?.setOption(timeChartOption(chart, { widthPx, utc: false, tooltip: true }));
  }, [chart, widthPx]);
  return (
    <figure class="chart">
      <figcaption>{chart.title}</figcaption>
      <ul class="legend">
        {chart.series.map(({ name, colour: inColour, line = 'solid' }) => (
          <li key={name}>
            <i class={line} style={{ borderColor: colour(inColour) }} />
            {name}
          </li>
        ))}
      </ul>
      <div class="plot" ref={place} role="img" aria-label={chart.title} />
    </figure>
  );
}

/** The width of an element; 0 while the element is out of sight. */
function useVisibleWidth(place: { readonly current: HTMLElement | null }): number {
  const [widthPx, setWidthPx] = useState(0);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    let isSeen = false;
    const measure = () => setWidthPx(isSeen ? element.clientWidth : 0);
    const sight = new IntersectionObserver(
      (entries) => {
        isSeen = entries.at(-1)?.isIntersecting ?? false;
        measure();
      },
      { rootMargin: '200px' },
    );
    const size = new ResizeObserver(measure);
    sight.observe(element);
    size.observe(element);
    return () => {
      sight.disconnect();
      size.disconnect();
    };
  }, [place]);
  return widthPx;
}
