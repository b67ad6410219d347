import { ownOption } from '../../config/options/command-options.ts';
import type { CommandRow } from '../command-line/command.ts';
import { besideJournal } from '../command-line/usual-options.ts';

/** Options of commands that run until they are told to stop. */
export const once = ownOption(
  '--once',
  'ask every server once, say how each is, change nothing; exit 5 when one that should serve is down',
);

/** Commands that run until they are told to stop. */
export const daemonRows: readonly CommandRow[] = [
  {
    name: 'guard',
    summary: 'check the health of real servers: weight 0 while one is down, a ramp when it is back',
    arguments: [
      {
        placeholder: '<file>',
        help: 'which services, and how their servers are asked (YAML)',
      },
    ],
    options: [...besideJournal, 'director', 'ipvsadm', 'listen', 'tokenFile', 'yes', once],
    helps: {
      listen:
        'address and port of /metrics, /healthz and /readyz (default: 127.0.0.1:9817); metrics beyond this machine only with a token',
      tokenFile:
        'what whoever reads /metrics has to bring as Authorization: Bearer (or DRAIN_SERVE_TOKEN in the environment)',
    },
    notes: [
      'Runs until SIGTERM or SIGINT; SIGHUP reads the file again. --once takes no lock, so it may run beside the guard; a server is down there after as many bad answers in a row as take it out (fall).',
    ],
    examples: [
      'drain guard /etc/drain/guard.yaml --director ssh://root@lb1',
      'drain guard /etc/drain/guard.yaml --once --output json',
    ],
    exitCodes: [0, 2, 3, 5, 6, 7, 130],
    load: () => import('./guard.ts'),
  },
  {
    name: 'serve',
    summary:
      'Prometheus metrics, a live page, and with --control an API that rollouts are driven by',
    options: [
      ...([...besideJournal, 'listen', 'tokenFile', 'control', 'tokens'] as const),
      ...(['tlsCert', 'tlsKey', 'clientCa', 'director', 'ipvsadm'] as const),
    ],
    notes: [
      'Runs until SIGTERM or SIGINT. Without --control it reads, and changes nothing.',
      'With --control every request under /v1 brings a token of --tokens as Authorization: Bearer. Beyond this machine that takes --tls-cert and --tls-key. At SIGTERM the rollouts that run here are held, as --on-interrupt says, and the next drain serve --control goes on with them.',
    ],
    examples: [
      "drain serve --listen '[::]:9815' --token-file /etc/drain/token",
      'drain serve --control --tokens /etc/drain/tokens.yaml',
    ],
    exitCodes: [0, 2, 3, 7],
    load: () => import('./serve.ts'),
  },
];
