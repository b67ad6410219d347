import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** GitHub's own parser and schemas of actions and workflows, and its evaluator of expressions. */
export interface GitHubParser {
  /** What is wrong with an action.yml, as its editors say it. */
  examineAction(name: string, text: string): readonly string[];
  examineWorkflow(name: string, text: string): readonly string[];
  /** The value of what stands between `${{` and `}}`. */
  evaluate(expression: string, contexts: Readonly<Record<string, object>>): string;
}

const entry = `
import { parseAction } from '@actions/workflow-parser/actions/action-parser';
import { NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { data, Evaluator, Lexer, Parser } from '@actions/expressions';

const trace = new NoOperationTraceWriter();
const messages = ({ context }) => context.errors.getErrors().map(({ message }) => message);

export const examineAction = (name, content) => messages(parseAction({ name, content }, trace));

export function examineWorkflow(name, content) {
  return messages(parseWorkflow({ name, content }, trace));
}

export function evaluate(expression, contexts) {
  const asData = (value) => JSON.parse(JSON.stringify(value), data.reviver);
  const { tokens } = new Lexer(expression).lex();
  const parsed = new Parser(tokens, Object.keys(contexts), []).parse();
  return new Evaluator(parsed, asData(contexts)).evaluate().coerceString();
}
`;

let loaded: Promise<GitHubParser> | undefined;

export function loadGitHubParser(): Promise<GitHubParser> {
  loaded ??= bundleParser();
  return loaded;
}

/** Its modules import JSON as only bundlers can. */
async function bundleParser(): Promise<GitHubParser> {
  const folder = await mkdtemp(join(tmpdir(), 'drain-github-parser-'));
  try {
    const outfile = join(folder, 'parser.mjs');
    const resolveDir = fileURLToPath(new URL('.', import.meta.url));
    await build({
      stdin: { contents: entry, resolveDir },
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      loader: { '.json': 'json' },
    });
    return (await import(pathToFileURL(outfile).href)) as GitHubParser;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
