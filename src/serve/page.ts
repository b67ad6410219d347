import { createHash } from 'node:crypto';
import { pageStyle } from './page-style.ts';

/** A document, and what its own parts need of the content security policy. */
export interface Page {
  readonly html: string;
  /** `{ 'script-src': "'sha256-...'" }`, beside `default-src 'none'`. */
  readonly policy: Readonly<Record<string, string>>;
}

/**
 * The page `/`: the same text for everybody, in which nothing of the director is. Its own script, part
 * of this program, asks `/state` for the rest. Made at the first request, and kept.
 */
export function createPageReader(loadScript: () => Promise<string>): () => Promise<Page> {
  let kept: Promise<Page> | undefined;
  return () => {
    kept ??= loadScript().then(page);
    return kept;
  };
}

export function page(script: string): Page {
  const inlined = inlineScript(script);
  return {
    html: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>drain</title>
<style>${pageStyle}</style>
</head>
<body>
<div id="page"><noscript>This page asks /state once a second, which takes a script. The numbers are at /metrics too.</noscript></div>
<script>${inlined}</script>
</body>
</html>
`,
    policy: {
      'script-src': hashOf(inlined),
      'style-src-elem': hashOf(pageStyle),
      // Charts are SVG whose texts carry their fonts as attributes. No script can come of a style.
      'style-src-attr': "'unsafe-inline'",
      'connect-src': "'self'",
      'img-src': 'data:',
      // No text becomes markup, whoever wrote it: only that there is none, when a chart is taken down.
      'require-trusted-types-for': "'script'",
      'trusted-types': 'default',
    },
  };
}

/**
 * A script as the inside of a `<script>`, where `</script` would end it and `<!--` change how it is
 * read; both can only be in texts, where a backslash more changes nothing.
 */
const inlineScript = (script: string): string =>
  script
    .replace(/<\/(?=script)/gi, '<\\/')
    .replaceAll('<!--', '<\\!--')
    .replaceAll('\r', '');

const hashOf = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
