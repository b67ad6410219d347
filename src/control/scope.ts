import type { Config } from '../config/files/config.ts';
import { resolveDirector } from '../config/names/known-directors.ts';
import type { ToolSettings } from '../config/settings/settings.ts';
import type { Scope } from './fleet.ts';

/** The scope of whatever is asked for: directors and names through the config file. */
export const scopeOf = (
  tools: Pick<ToolSettings, 'directors' | 'ipvsadm' | 'state'>,
  { directors, names, floors }: Config,
): Scope => ({
  directors: tools.directors.map((text) => resolveDirector(text, directors, tools.ipvsadm)),
  names,
  state: tools.state,
  floors,
});
