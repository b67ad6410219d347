import { isLoopback } from '../../domain/address.ts';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import {
  type GivenOption,
  type GivenOptions,
  isOn,
  type OptionName,
  textOf,
} from '../options/options.ts';
import type { ServeSettings } from './serve-settings.ts';

/** The files of TLS: those of the server, and of the authority whose certificates clients have to bring. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly clientCa?: string | undefined;
}

export interface ControlSettings {
  /** The tokens file; absent: the control API is off. */
  readonly tokens?: string | undefined;
  readonly tls?: TlsFiles | undefined;
}

/** `--control`, `--tokens`, `--tls-cert`, `--tls-key` and `--client-ca`. */
export function readControlSettings(
  given: GivenOptions,
  { host }: Pick<ServeSettings, 'host'>,
): Result<ControlSettings> {
  const tls = readTls(given);
  if (!tls.ok) return tls;
  const tokens = textOf(given, 'tokens');
  if (!isOn(given, 'control')) {
    const option = given.get('tokens');
    // In a config file it may stand for whoever turns the API on.
    if (option === undefined || option.layer === 'config-file') return ok({ tls: tls.value });
    return fail(
      wrong(
        option,
        '--tokens is about the control API, which is off',
        'add --control, or leave it out',
      ),
    );
  }
  if (tokens === undefined || tokens === '') {
    return fail(
      wrong(
        given.get('control'),
        '--control has no tokens: nobody could ask for anything',
        'say who may, in a file: --tokens /etc/drain/tokens.yaml',
      ),
    );
  }
  if (!tls.value && !isLoopback(host)) {
    return fail({
      kind: 'usage',
      what: `${printable(host)} can be reached from other machines, where tokens would be read on their way`,
      where: '--listen',
      next: 'give --tls-cert FILE and --tls-key FILE, or listen on 127.0.0.1',
    });
  }
  return ok({ tokens, tls: tls.value });
}

function readTls(given: GivenOptions): Result<TlsFiles | undefined> {
  const [cert, key, clientCa] = (['tlsCert', 'tlsKey', 'clientCa'] as const).map((name) =>
    textOf(given, name),
  );
  if (cert !== undefined && key !== undefined) return ok({ cert, key, clientCa });
  const missing = cert === undefined ? '--tls-cert' : '--tls-key';
  const alone = (['tlsCert', 'tlsKey', 'clientCa'] satisfies readonly OptionName[]).find((name) =>
    given.has(name),
  );
  if (alone === undefined) return ok(undefined);
  return fail(
    wrong(
      given.get(alone),
      `TLS has no ${missing}`,
      'give --tls-cert FILE and --tls-key FILE, both in PEM',
    ),
  );
}

const wrong = (option: GivenOption | undefined, what: string, next: string): Failure => ({
  kind: 'usage',
  what,
  where: option?.where,
  place: option?.place,
  next,
});
