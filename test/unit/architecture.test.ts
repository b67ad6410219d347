import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../src', import.meta.url));

/** Who may import whom, by folder of src; a folder may always import itself. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  planner: ['domain'],
  rollout: ['domain', 'planner'],
  record: ['domain', 'planner', 'rollout'],
  daemons: ['domain', 'rollout'],
  guard: ['domain', 'planner', 'rollout', 'daemons'],
  kube: ['domain', 'planner', 'rollout', 'daemons', 'guard'],
  watch: ['domain', 'rollout'],
  files: ['domain'],
  keepalived: ['domain', 'files', 'processes'],
  cluster: ['domain', 'kube', 'http'],
  ipvs: ['domain', 'rollout', 'files', 'processes'],
  store: ['domain', 'rollout', 'files', 'processes', 'http'],
  processes: ['domain', 'clock'],
  http: ['clock'],
  docker: ['domain', 'http'],
  clock: ['domain', 'rollout'],
  gates: ['domain', 'rollout', 'processes', 'http', 'clock'],
  notify: ['domain', 'rollout', 'processes', 'http'],
  charts: ['domain'],
  reporters: ['domain', 'record', 'charts'],
  terminal: ['domain', 'rollout', 'reporters', 'processes'],
  config: ['domain', 'planner', 'files'],
  serve: ['domain', 'rollout', 'record', 'watch', 'charts'],
  control: [
    'domain',
    'planner',
    'rollout',
    'record',
    'watch',
    'daemons',
    'guard',
    'kube',
    'reporters',
    'config',
    'ipvs',
    'serve',
    'keepalived',
    'files',
  ],
  api: ['domain', 'planner', 'rollout', 'record', 'watch', 'reporters', 'config', 'control'],
  commands: [
    'domain',
    'planner',
    'rollout',
    'record',
    'watch',
    'daemons',
    'guard',
    'kube',
    'reporters',
    'config',
    'control',
    'api',
    'ipvs',
    'serve',
    'keepalived',
  ],
};

/** The one place for each library that must not spread. */
const libraries: Readonly<Record<string, RegExp>> = {
  '@kubernetes/client-node': /^cluster\/open-cluster\.ts$/,
  diff: /^files\/keepalived\/unified-diff\.ts$/,
  execa: /^processes\/run-group\.ts$/,
  'cli-cursor': /^terminal\/live-area\.ts$/,
  ora: /^terminal\/waiting\.ts$/,
  preact: /^serve\/page\//,
  'prom-client': /^serve\/metrics\/exposition\.ts$/,
  commander: /^commands\//,
  echarts: /^charts\//,
  'date-fns': /^reporters\//,
  hono: /^api\//,
  '@hono/node-server': /^api\/api\.ts$/,
  zod: /^(api|config|files|store|gates|docker|keepalived\/edit|ipvs\/simulated)\//,
  yaml: /^files\/yaml-(source|limits)\.ts$/,
};

interface Import {
  readonly file: string;
  readonly target: string;
  readonly typeOnly: boolean;
  /** Loaded when it is wanted: `import('./freeze.ts')` of a row. */
  readonly isLazy: boolean;
}

const sources = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
  /\.tsx?$/.test(file),
);

const imports: readonly Import[] = sources.flatMap((file) => {
  const text = readFileSync(join(root, file), 'utf8');
  const found = text.matchAll(
    /(?:^(import|export)(\s+type)?[^'"]*?from\s+|import\()['"]([^'"]+)['"]/gm,
  );
  return [...found].map(([, imported, typeOnly, target = '']) => ({
    file,
    isLazy: imported === undefined,
    typeOnly: typeOnly !== undefined,
    target: target.startsWith('.') ? relative(root, join(root, dirname(file), target)) : target,
  }));
});

/** The composition root may know everybody. */
const isRoot = (file: string): boolean => /^main(\.ts$|\/)/.test(file);
const folderOf = (file: string): string => file.split('/')[0] ?? '';
const isOurs = ({ target }: Import): boolean => sources.includes(target);

describe('the arrows between folders', () => {
  it('are seen by this test at all', () => {
    expect(imports.length).toBeGreaterThan(300);
    expect(imports.some(({ file, target }) => isRoot(file) && target === 'ipvs/director.ts')).toBe(
      true,
    );
  });

  it('point one way: domain <- planner <- rollout <- adapters <- control <- commands <- main', () => {
    const wrong = imports.filter(
      (one) =>
        isOurs(one) &&
        !isRoot(one.file) &&
        folderOf(one.file) !== folderOf(one.target) &&
        !allowed[folderOf(one.file)]?.includes(folderOf(one.target)),
    );
    expect(wrong).toEqual([]);
  });

  it('never lead in a circle, not even for a type', () => {
    // A row of the table loads its command's file, of which it knows nothing; that file reads the row's options.
    const isRowOf = ({ file, isLazy }: Import): boolean =>
      isLazy && /^commands\/.*\brows\.ts$/.test(file);
    const targets = (file: string): readonly string[] =>
      imports
        .filter((one) => one.file === file && isOurs(one) && !isRowOf(one))
        .map(({ target }) => target);
    const done = new Set<string>();
    const circleFrom = (file: string, path: readonly string[]): readonly string[] | undefined => {
      if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
      if (done.has(file)) return undefined;
      for (const target of targets(file)) {
        const circle = circleFrom(target, [...path, file]);
        if (circle) return circle;
      }
      done.add(file);
      return undefined;
    };
    expect(sources.flatMap((file) => circleFrom(file, []) ?? [])).toEqual([]);
  });

  it('never lead from a command or the conductor to an adapter that it would construct', () => {
    const wrong = imports.filter(
      (one) =>
        ['control', 'commands'].includes(folderOf(one.file)) &&
        ['api', 'ipvs', 'serve'].includes(folderOf(one.target)) &&
        !one.typeOnly,
    );
    expect(wrong).toEqual([]);
  });

  it('keep clock, process and files out of the pure parts', () => {
    const pure =
      /^(domain|planner|files\/keepalived)\/|^guard\/decide\/|^kube\/(cluster|wanted|decide)\/|^rollout\/(decide\/|state\/|observe\/(drain-verdict|drift))/;
    const wrong = imports.filter(
      ({ file, target }) => pure.test(file) && target.startsWith('node:') && target !== 'node:net',
    );
    expect(wrong).toEqual([]);
    for (const file of sources.filter((name) => pure.test(name))) {
      const text = readFileSync(join(root, file), 'utf8');
      expect(text, file).not.toMatch(/Date\.now|performance\.|process\.(env|argv|exit)|setTimeout/);
    }
  });
});

describe('a room', () => {
  it('has at most fifteen files of its own, and a file at most 300 lines', () => {
    const rooms = new Map<string, number>();
    for (const file of sources) rooms.set(dirname(file), (rooms.get(dirname(file)) ?? 0) + 1);
    expect([...rooms].filter(([, files]) => files > 15)).toEqual([]);
    const long = sources.filter(
      (file) => readFileSync(join(root, file), 'utf8').trimEnd().split('\n').length > 300,
    );
    expect(long).toEqual([]);
  });

  it('of the conductor is the one caller of the engine', () => {
    const callers = imports.filter(({ target }) => target === 'rollout/run.ts');
    expect(callers.map(({ file }) => file)).toEqual(['control/conduct/conduct.ts']);
  });
});

describe('a library', () => {
  it.each(Object.entries(libraries))('%s is imported where it belongs only', (name, place) => {
    const users = imports.filter(({ target }) => target === name || target.startsWith(`${name}/`));
    expect(users.length).toBeGreaterThan(0);
    expect(users.filter(({ file }) => !place.test(file))).toEqual([]);
  });
});

describe('zod', () => {
  it('is imported as a namespace, without which all its languages are in every command', () => {
    const named = sources.filter((file) =>
      /import \{ z \} from 'zod'/.test(readFileSync(join(root, file), 'utf8')),
    );
    expect(named).toEqual([]);
  });
});

describe('the benchmarks', () => {
  const folder = fileURLToPath(new URL('../../bench', import.meta.url));
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts'));

  it('are known to nothing in src', () => {
    const outside = imports.filter(({ target }) => target.startsWith('../bench'));
    expect(outside).toEqual([]);
  });

  it('are all in the list of what runs', () => {
    const declared = files.filter((file) =>
      /^export const \w+: Benchmark = /m.test(readFileSync(join(folder, file), 'utf8')),
    );
    const list = readFileSync(join(folder, 'benchmarks.ts'), 'utf8');
    expect(declared.filter((file) => !list.includes(`'./${file}'`))).toEqual([]);
    expect(declared.length).toBeGreaterThan(0);
  });
});
