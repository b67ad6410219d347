import { render } from 'preact';
import { LivePage } from './live-page.tsx';
import { allowEmptyMarkup } from './trusted-types.ts';

allowEmptyMarkup();
const root = document.getElementById('page');
if (root) {
  root.replaceChildren();
  render(<LivePage />, root);
}
