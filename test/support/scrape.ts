/** A scrape as data: each series with its labels in order, and the comments of each metric. */
export interface Scrape {
  readonly series: ReadonlyMap<string, number>;
  /** `# HELP` and `# TYPE` lines. */
  readonly comments: readonly string[];
  /** Names of metrics. */
  readonly names: ReadonlySet<string>;
}

/** The text format, as far as counters and gauges go; labels are put in order, for nobody promises one. */
export function parseScrape(text: string): Scrape {
  const series = new Map<string, number>();
  const comments: string[] = [];
  const names = new Set<string>();
  for (const line of text.split('\n').filter((one) => one !== '')) {
    if (line.startsWith('#')) {
      comments.push(line);
      continue;
    }
    const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === '') throw new Error(`no line of a scrape: ${line}`);
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([pair]) => pair).sort();
    const key = `${name}{${pairs.join(',')}}`;
    if (series.has(key)) throw new Error(`twice in one scrape: ${key}`);
    series.set(key, Number(value.replace('Inf', 'Infinity')));
    names.add(name);
  }
  return { series, comments, names };
}

/** Only the metrics whose name begins so. */
export function only(scrape: Scrape, prefix: string): Scrape {
  return {
    series: new Map([...scrape.series].filter(([key]) => key.startsWith(prefix))),
    comments: scrape.comments.filter((line) => line.split(' ')[2]?.startsWith(prefix)).sort(),
    names: new Set([...scrape.names].filter((name) => name.startsWith(prefix))),
  };
}
