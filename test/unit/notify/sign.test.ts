import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { signingKey, webhookHeaders } from '../../../src/notify/sign.ts';

const keyOf = (secret: string): Buffer => {
  const key = signingKey(secret);
  if (!key.ok) throw new Error(key.failure);
  return key.value;
};

describe('a signature', () => {
  const secret = `whsec_${randomBytes(24).toString('base64')}`;
  const nowMs = Date.now();

  it('is accepted by the library of standardwebhooks.com, whatever the body', () => {
    fc.assert(
      fc.property(fc.json(), fc.string(), (json, text) => {
        const body = JSON.stringify({ json, text });
        const headers = webhookHeaders({ id: 'msg_1', body, nowMs }, keyOf(secret));
        expect(new Webhook(secret).verify(body, { ...headers })).toEqual({ json, text });
      }),
    );
  });

  it('is accepted for a secret that is any text', () => {
    const text = 'correct horse battery stäple';
    const headers = webhookHeaders({ id: 'msg_1', body: '{}', nowMs }, keyOf(`${text}\n`));
    const raw = new Webhook(Buffer.from(text), { format: 'raw' });
    expect(raw.verify('{}', { ...headers })).toEqual({});
  });

  it('is for this body, this id, this time and this secret only', () => {
    const headers = { ...webhookHeaders({ id: 'msg_1', body: '{}', nowMs }, keyOf(secret)) };
    const webhook = new Webhook(secret);
    expect(() => webhook.verify('{ }', headers)).toThrow('signature');
    expect(() => webhook.verify('{}', { ...headers, 'webhook-id': 'msg_2' })).toThrow('signature');
    const later = { ...headers, 'webhook-timestamp': String(Math.floor(nowMs / 1_000) + 1) };
    expect(() => webhook.verify('{}', later)).toThrow('signature');
    const other = new Webhook(`whsec_${randomBytes(24).toString('base64')}`);
    expect(() => other.verify('{}', headers)).toThrow('signature');
  });

  it('is left out where there is no secret, and the id is not', () => {
    expect(Object.keys(webhookHeaders({ id: 'msg_1', body: '{}', nowMs }, undefined))).toEqual([
      'webhook-id',
      'webhook-timestamp',
    ]);
  });
});

describe('a secret', () => {
  it.each([
    ['', 'shorter than 16 bytes'],
    ['fifteen-letters', 'shorter than 16 bytes'],
    ['whsec_c2hvcnQ=', 'shorter than 16 bytes'],
    ['whsec_', 'no base64'],
    ['whsec_not base64 at all!', 'no base64'],
  ])('%j is refused, without a word of it', (secret, why) => {
    const key = signingKey(secret);
    expect(key).toMatchObject({ ok: false, failure: expect.stringContaining(why) });
  });
});
