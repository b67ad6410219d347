import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createPageReader, page } from '../../../src/serve/page.ts';

const hashOf = (text: string | undefined) =>
  `'sha256-${createHash('sha256')
    .update(text ?? '')
    .digest('base64')}'`;

describe('the page', () => {
  it('allows its own script and style by their hashes, and no other', () => {
    const { html, policy } = page('start("</script><!--")\r\n');
    const [, script] = /<script>([\s\S]*?)<\/script>/.exec(html) ?? [];
    const [, style] = /<style>([\s\S]*?)<\/style>/.exec(html) ?? [];
    expect(script).toBe('start("<\\/script><\\!--")\n');
    expect(policy['script-src']).toBe(hashOf(script));
    expect(policy['style-src-elem']).toBe(hashOf(style));
    expect(JSON.stringify({ ...policy, 'style-src-attr': '' })).not.toContain('unsafe');
  });

  it('is made once', async () => {
    const scripts = ['first()', 'second()'];
    const read = createPageReader(async () => scripts.shift() ?? '');
    expect((await read()).html).toContain('first()');
    expect(await read()).toBe(await read());
  });
});
