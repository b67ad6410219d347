import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';

const thanksMs = 2_000;

/** A command to copy: the page changes nothing by itself. */
export function CommandLine({ command }: { readonly command: string }): VNode {
  const [isCopied, setIsCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setIsCopied(false), thanksMs);
    return () => clearTimeout(timer);
  }, [isCopied]);
  // Browsers have a clipboard for pages of this machine and of https only.
  const clipboard: Clipboard | undefined = navigator.clipboard;
  const copy = () => {
    clipboard?.writeText(command).then(
      () => setIsCopied(true),
      () => setIsCopied(false),
    );
  };
  return (
    <span class="command">
      <code>{command}</code>
      {clipboard && (
        <button type="button" onClick={copy} aria-label={`copy ${command}`}>
          {isCopied ? 'copied' : 'copy'}
        </button>
      )}
    </span>
  );
}
