import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openApiDocument } from '../../../src/api/openapi/document.ts';

describe('the document of the API', () => {
  it('is the one in schemas/ (npm run docs)', () => {
    const file = new URL('../../../schemas/openapi.json', import.meta.url);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(openApiDocument());
  });
});
