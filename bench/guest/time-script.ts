import { openShell } from './shell.ts';

/** How long a shell that is up already takes for a script, in milliseconds, each time. */
export interface TimeScriptOptions {
  readonly script: string;
  readonly times: number;
}

const { script, times } = JSON.parse(process.argv[2] ?? '') as TimeScriptOptions;
const shell = openShell();
const taken: number[] = [];
for (let round = 0; round < times; round++) taken.push(await shell.time(script));
shell.close();
process.stdout.write(JSON.stringify(taken));
