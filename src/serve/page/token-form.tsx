import type { TargetedSubmitEvent, VNode } from 'preact';
import { useState } from 'preact/hooks';

interface TokenFormProps {
  /** Whether a token was given that was not the right one. */
  readonly refused: boolean;
  readonly give: (token: string) => void;
}

/** Asks for the token that `/state` wants. It stays in the memory of this page, and goes with it. */
export function TokenForm({ refused, give }: TokenFormProps): VNode {
  const [text, setText] = useState('');
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (text.trim() !== '') give(text.trim());
  };
  return (
    <main class="token">
      <h1>drain</h1>
      <form onSubmit={submit}>
        <label for="token">The token of this drain serve</label>
        <input
          id="token"
          type="password"
          autocomplete="off"
          spellcheck={false}
          value={text}
          aria-describedby="token-note"
          aria-invalid={refused}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit">Show</button>
        <p id="token-note" role={refused ? 'alert' : undefined} class={refused ? 'bad' : 'quiet'}>
          {refused
            ? 'That is not the token.'
            : 'What --token-file or DRAIN_SERVE_TOKEN holds. It is kept until this page is closed.'}
        </p>
      </form>
    </main>
  );
}
