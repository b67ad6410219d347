import { render } from 'preact';
import { LivePage } from './live-page.tsx';

allowEmptyMarkup();
const root = document.getElementById('page');
if (root) {
  root.replaceChildren();
  render(<LivePage />, root);
}

interface TrustedTypes {
  createPolicy(name: string, rules: { readonly createHTML: (text: string) => string | null }): void;
}

/**
 * Lets empty markup through where a browser knows trusted types: the page's policy forbids to make
 * markup out of text, but a chart that is taken down empties its element that way.
 */
export function allowEmptyMarkup(): void {
  const { trustedTypes } = globalThis as { readonly trustedTypes?: TrustedTypes };
  trustedTypes?.createPolicy('default', { createHTML: (text) => (text === '' ? '' : null) });
}
