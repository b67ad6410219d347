import { readToolSettings } from '../../config/settings/settings.ts';
import { createDemoPictures, failedOf } from '../../control/kube/demo/demo-pictures.ts';
import { type DemoMoment, playKubeDemo } from '../../control/kube/demo/play-demo.ts';
import { lineOf } from '../../control/kube/kube-reporter.ts';
import { exitCodeOf } from '../../domain/failure.ts';
import { type KubeDemoPicture, kubeDemoFrame } from '../../reporters/kube-demo/kube-demo-frame.ts';
import { clock } from '../../reporters/text/amounts.ts';
import { painter } from '../../reporters/text/paint.ts';
import { showsLive } from '../audience.ts';
import type { RunCommand } from '../command-line/command.ts';
import { orRefuse } from '../refusal.ts';

/** `drain demo kube`: a rolling upgrade of six simulated nodes, with the loop of `drain kube`. */
export const run: RunCommand = async (env, { given }) => {
  const tools = orRefuse(readToolSettings(given));
  const isLive = tools.output !== 'plain' && tools.output !== 'json' && showsLive(env, tools);
  const opened = orRefuse(
    await env.openDirectors([{ where: 'sim:', ipvsadm: 'ipvsadm' }], {
      paced: isLive,
      scenario: 'kube',
    }),
  );
  const store = await env.openStore(undefined, opened.access);
  const stop = env.listenForStop();
  const pictureOf = createDemoPictures();
  const paint = painter(env.hasColour);
  let latest: KubeDemoPicture | undefined;
  const startLiveText = isLive ? await env.startLiveText() : undefined;
  let live: ReturnType<NonNullable<typeof startLiveText>> | undefined;
  let said = '';
  const at = ({ atMs, startMs }: DemoMoment): string => clock(atMs - startMs).padStart(5);
  const played = await playKubeDemo({
    ...{ opened, store, stop },
    moment(moment) {
      latest = pictureOf(moment);
      live ??= startLiveText?.(() => (latest ? kubeDemoFrame(latest, env.columns, paint) : []));
      if (isLive || tools.output === 'json') return;
      const doing = latest.doing.replace(/: \d+ connections left$/, '');
      if (doing !== said) env.out(`${at(moment)} ${doing}\n`);
      said = doing;
    },
    event(body, director, moment) {
      const event = { v: 1, at: new Date(moment.atMs).toISOString(), director, ...body } as const;
      if (tools.output === 'json') env.out(`${JSON.stringify(event)}\n`);
      else if (!isLive) env.out(`${at(moment)}   ${lineOf(event).sentence}\n`);
    },
  });
  live?.stop();
  const moment = orRefuse(played);
  if (tools.output !== 'json') {
    env.out(
      `${kubeDemoFrame(pictureOf(moment), env.columns, isLive ? paint : plain).join('\n')}\n`,
    );
  }
  const signal = stop.requested()?.signal;
  if (signal) return exitCodeOf(signal);
  return failedOf(moment) === 0 ? 0 : 4;
};

const plain = painter(false);
