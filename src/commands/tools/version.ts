import { textOf } from '../../config/options/options.ts';
import type { RunCommand } from '../command-line/command.ts';

/** `drain version`: as `drain --version`, and with `--output json` what a bug report needs. */
export const run: RunCommand = async (env, { given }) => {
  const { drain, node, platform } = await env.describeHost();
  const asJson = textOf(given, 'output') === 'json';
  env.out(`${asJson ? JSON.stringify({ drain, node, platform }) : drain}\n`);
  return 0;
};
