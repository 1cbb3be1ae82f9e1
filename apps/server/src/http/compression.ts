import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { negotiate } from '@fastify/accept-negotiator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from './app.ts';

export type Encoding = 'br' | 'gzip';

/** Below this, headers weigh more than compression saves. */
const MIN_BYTES = 1024;
/** What browsers and clients ask for most; each is looked at once. */
const KNOWN_HEADERS = 100;

const SMALLEST_FIRST: Encoding[] = ['br', 'gzip'];

/** 4 takes a third of the time of 6 and leaves a tenth more. */
const QUALITY = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };

const COMPRESS: Readonly<Record<Encoding, (body: string | Buffer) => Promise<Buffer>>> = {
  br: (body) => promisify(brotliCompress)(body, QUALITY),
  gzip: (body) => promisify(gzip)(body, { level: 6 }),
};

const chosen = new Map<string, Encoding | undefined>();

/** Returns the encoding that `accept-encoding` allows and prefers, brotli before gzip; undefined = as it is. */
export function encodingFor(header: string | string[] | undefined): Encoding | undefined {
  if (typeof header !== 'string' || header === '') return undefined;
  if (chosen.has(header)) return chosen.get(header);
  const encoding = (negotiate(header, SMALLEST_FIRST) ?? undefined) as Encoding | undefined;
  if (chosen.size < KNOWN_HEADERS) chosen.set(header, encoding);
  return encoding;
}

/**
 * Compresses bodies of JSON, SVG and text where the client takes that. Streams are left alone, and so is what is
 * compressed already. A body that is sent again, from the response cache, is compressed once: see
 * {@link COMPRESSED_SHARE}.
 *
 * It stands behind the hooks of each route, because the response cache stores bodies as they are.
 */
export function addCompression(app: App): void {
  app.addHook('onRoute', (route) => {
    if (route.config?.isEndless) return;
    const own = route.onSend === undefined ? [] : [route.onSend].flat();
    route.onSend = [...own, compress];
  });
}

/** What the compressed forms of a cached body add to its bytes, at most, as a share. */
export const COMPRESSED_SHARE = 0.5;

/** The compressed forms of bodies that are sent from memory. */
const compressed = new WeakMap<Buffer, Partial<Record<Encoding, Promise<Buffer>>>>();

async function compress({ headers }: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> {
  if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return payload;
  if (payload.length < MIN_BYTES || reply.hasHeader('content-encoding')) return payload;
  const encoding = encodingFor(headers['accept-encoding']);
  if (encoding === undefined) return payload;
  const body = await (typeof payload === 'string' ? COMPRESS[encoding](payload) : compressOnce(payload, encoding));
  reply.header('content-encoding', encoding).removeHeader('content-length');
  return body;
}

function compressOnce(body: Buffer, encoding: Encoding): Promise<Buffer> {
  const forms = compressed.get(body) ?? {};
  compressed.set(body, forms);
  forms[encoding] ??= COMPRESS[encoding](body);
  return forms[encoding];
}
