import type { VNode } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { shareWords } from '../../record/share-words.ts';
import { inProgress } from '../view/rollout-view.ts';
import { announcement, titleOf } from './announcement.ts';
import { askState } from './ask-state.ts';
import { Guards } from './guards/guards.tsx';
import { firstModel, hear, type Model } from './model.ts';
import { Notices } from './notices.tsx';
import { PageHeader } from './page-header.tsx';
import { EndedRollouts } from './rollouts/ended-rollouts.tsx';
import { RolloutCard } from './rollouts/rollout-card.tsx';
import { Services } from './services/services.tsx';
import { TokenForm } from './token-form.tsx';

/** The time from an answer to the next question. */
const restMs = 1_000;

/** The whole page, from one answer to the next. */
export function LivePage(): VNode {
  const [token, setToken] = useState<string>();
  const { contact, state, lastUp, history } = useAnswers(token);
  useEffect(() => {
    document.title = titleOf({ contact, state });
  });
  const going = useMemo(() => state?.rollouts.filter(inProgress) ?? [], [state]);
  const over = useMemo(() => state?.rollouts.filter((one) => !inProgress(one)) ?? [], [state]);
  if (contact.kind === 'locked') return <TokenForm refused={contact.refused} give={setToken} />;
  const isStale = contact.kind === 'silent';
  return (
    <>
      <PageHeader contact={contact} state={state} lastUp={lastUp} history={history} />
      <p role="status" class="unseen">
        {announcement({ contact, state })}
      </p>
      <main>
        <Notices contact={contact} state={state} lastUp={lastUp} />
        {state && (
          <section aria-labelledby="rollouts" class={isStale ? 'stale' : ''}>
            <h2 id="rollouts">Rollouts in progress</h2>
            {going.length === 0 && <p class="quiet">None.</p>}
            {going.map((rollout) => (
              <RolloutCard
                key={rollout.rollout}
                rollout={rollout}
                directors={state.directors}
                history={history}
                atMs={state.atMs}
              />
            ))}
            {going.length > 0 && (
              <dl class="words">
                {shareWords(going[0]?.services[0]?.shareOf ?? 'new', going[0]?.move).map(
                  ([word, meaning]) => (
                    <div key={word}>
                      <dt>{word}</dt>
                      <dd>{meaning}</dd>
                    </div>
                  ),
                )}
              </dl>
            )}
            <EndedRollouts rollouts={over} atMs={state.atMs} />
          </section>
        )}
        {state && (
          <div class={isStale ? 'stale' : ''}>
            <Guards directors={state.directors} atMs={state.atMs} />
          </div>
        )}
        {state && lastUp.size > 0 && (
          <div class={isStale ? 'stale' : ''}>
            <Services directors={state.directors} lastUp={lastUp} history={history} />
          </div>
        )}
      </main>
    </>
  );
}

/** Asks again and again, and begins anew with another token. */
function useAnswers(token: string | undefined): Model {
  const [model, setModel] = useState(firstModel);
  const lastHeardMs = useRef(Date.now());
  useEffect(() => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      const heard = await askState(token);
      if (isOver) return;
      if (heard.kind === 'state') lastHeardMs.current = Date.now();
      setModel((before) => hear(before, heard, lastHeardMs.current));
      // Without a token that is good there is nothing more to ask for.
      if (heard.kind !== 'locked') timer = setTimeout(ask, restMs);
    };
    void ask();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [token]);
  return model;
}
