import { isOn, layered, type OptionName, textOf } from '../../config/options/options.ts';
import {
  maintenanceTerms,
  readMaintenanceSettings,
} from '../../config/settings/maintenance-settings.ts';
import { maintain } from '../../control/maintenance/maintenance.ts';
import { type MaintenanceRun, prepareMaintenance } from '../../control/maintenance/prepare.ts';
import { scopeOf } from '../../control/scope.ts';
import { fail, ok } from '../../domain/failure.ts';
import type { MaintenanceDirection } from '../../domain/rollout/maintenance.ts';
import { isOneOf, type TouchedPlan } from '../access/limits.ts';
import type { Handler } from '../call.ts';
import { refusalOf } from '../problem.ts';
import { actorOf } from '../run/actors.ts';
import { nobody, servedSite } from '../site.ts';
import { bodyOf } from './acts.ts';
import { beyondCaller, reasonIn, strangeDirector } from './asked-plan.ts';
import { accepted, endedOtherwise } from './start.ts';

/** `POST /v1/servers/SERVER/out` and `/in`. */
const maintaining =
  (direction: MaintenanceDirection): Handler =>
  async (call, deps) => {
    const given = bodyOf(direction, call);
    if (!given.ok) return given;
    const site = await servedSite(deps);
    if (!site.ok) return fail(refusalOf(site.failure));
    const { config } = site.value;
    const stranger = strangeDirector(given.value, site.value);
    if (stranger) return fail(refusalOf(stranger));
    const reason = reasonIn(given.value, direction === 'in' ? undefined : config.requireReason);
    if (!reason.ok) return reason;
    const settings = readMaintenanceSettings(
      direction,
      layered(given.value, deps.given),
      config.defaults,
      textOf(given.value, 'checkTimeout' as OptionName),
    );
    if (!settings.ok) return fail(refusalOf(settings.failure));
    const { tools } = settings.value;
    const scope = scopeOf(tools, config);
    const run = await prepareMaintenance(
      deps.ports,
      {
        direction,
        servers: [call.path.server ?? ''],
        terms: maintenanceTerms(settings.value),
        force: isOn(given.value, 'force'),
        dryRun: false,
      },
      { scope, onlooker: nobody },
    );
    if (!run.ok) return fail(refusalOf(run.failure));
    const beyond = await beyondCaller(call, deps, {
      site: { ...site.value, scope },
      plan: touchedBy(run.value),
    });
    if (beyond) return fail(beyond);
    const { remoteAddress } = call.incoming.socket;
    const actor = actorOf(call.caller, { remoteAddress, reason: reason.value });
    const begun = await deps.runs.begin((heard) =>
      maintain(deps.ports, run.value, deps.audienceOf(tools, { actor, ...heard })),
    );
    if (!begun.ok) return begun;
    const otherwise = begun.value.kind === 'over' ? endedOtherwise(begun.value) : undefined;
    return otherwise ? fail(otherwise) : ok(accepted(begun.value));
  };

/** Everything that maintenance of these servers may touch. */
const touchedBy = ({ tables, servers, terms }: MaintenanceRun): TouchedPlan => ({
  directors: tables.map(({ director, snapshot }) => ({
    director,
    services: snapshot.services
      .filter(({ key }) => terms.services?.includes(key) ?? true)
      .map((service) => ({
        service: service.key,
        oldServers: service.servers.map(({ key }) => key).filter((key) => isOneOf(key, servers)),
        newServers: [],
      })),
  })),
});

export const postOut = maintaining('out');
export const postIn = maintaining('in');
