import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type GitHubParser, loadGitHubParser } from '../support/github/parser.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = `${root}/.github/workflows`;
const textOf = (name: string): string => readFileSync(`${folder}/${name}`, 'utf8');
const manifest = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes'?: number;
  readonly strategy?: { readonly matrix: { readonly node?: readonly string[] } };
  readonly steps: readonly { readonly run?: string; readonly uses?: string }[];
}

const jobsOf = (name: string): Readonly<Record<string, Job>> => parse(textOf(name)).jobs;

let parser: GitHubParser;
beforeAll(async () => {
  parser = await loadGitHubParser();
});

describe.each(readdirSync(folder))('the workflow %s', (name) => {
  it('is one that GitHub takes, and would be refused with a mistake in it', () => {
    expect(parser.examineWorkflow(name, textOf(name))).toEqual([]);
    const broken = textOf(name).replaceAll('runs-on', 'run-on');
    expect(parser.examineWorkflow(name, broken)).not.toEqual([]);
  });

  it('may read, and write only where a job says so; no job runs for ever', () => {
    expect(parse(textOf(name)).permissions).toEqual({ contents: 'read' });
    for (const job of Object.values(jobsOf(name))) {
      expect(Object.keys(job.permissions ?? {})).toEqual(job.permissions ? ['contents'] : []);
      expect(job['timeout-minutes']).toBeGreaterThan(0);
    }
  });

  it('has scripts that bash reads, and runs only what is in the repository', () => {
    const runs = Object.values(jobsOf(name)).flatMap(({ steps }) => steps.map(({ run }) => run));
    for (const run of runs.filter((script) => script !== undefined)) {
      expect(run).not.toContain('${{');
      execFileSync('bash', ['-n'], { input: run });
      for (const [, script = ''] of run.matchAll(/npm run ([\w:]+)/g)) {
        expect(Object.keys(manifest.scripts)).toContain(script);
      }
      for (const [, file = ''] of run.matchAll(/(?:node|bash) (\.[\w./-]+)/g)) {
        expect(existsSync(`${root}/${file}`), file).toBe(true);
      }
    }
  });
});

describe('the fast tests', () => {
  it('run on the oldest Node that drain runs on, and on those after it', () => {
    const nodes = jobsOf('ci.yml').fast?.strategy?.matrix.node ?? [];
    expect(nodes).toEqual(['20.19', '22', '24']);
    expect(`>=${nodes[0]}`).toBe(manifest.engines.node);
  });
});

describe('a release', () => {
  it('is made of a version tag alone, and has all packages, checksums and bills', () => {
    expect(parse(textOf('release.yml')).on).toEqual({
      push: { tags: ['v[0-9]+.[0-9]+.[0-9]+'] },
    });
    const { packages, release } = jobsOf('release.yml');
    const made = packages?.steps.map(({ run = '' }) => run).join('\n');
    expect(made).toMatch(/^npm run package$/m);
    expect(made).toMatch(/sha256sum --check SHA256SUMS/);
    expect(release?.steps.at(-1)?.run).toMatch(/^gh release create .* packages\/\*\s*$/);
  });
});
