import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';

const folder = new URL('../../monitoring/', import.meta.url);

/** Of the alert rules and of the dashboard, with its variables filled in. */
export async function expressions(): Promise<readonly string[]> {
  const found: string[] = [];
  const dashboard = await readFile(new URL('grafana-dashboard.json', folder), 'utf8');
  JSON.parse(dashboard, (key, value: unknown) => {
    if (key === 'expr') found.push(String(value).replaceAll(/\$(instance|service)/g, '.*'));
    return value;
  });
  const { groups } = parse(await readFile(new URL('alerts.yml', folder), 'utf8')) as Rules;
  return [...found, ...groups.flatMap(({ rules }) => rules.map(({ expr }) => expr))];
}

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly expr: string }[] }[];
}
