import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import fastifyStatic from '@fastify/static';
import { MatineeError } from '@matinee/numerics';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../http/app.ts';
import type { Vary } from '../http/cache-headers.ts';
import { encodingFor } from '../http/compression.ts';

export interface PageOptions {
  /** Folder of the built page; absent = the API only. */
  readonly webRoot?: string;
  readonly vary: Vary;
  /** Where the page is for browsers, see `readBasePath`. */
  readonly basePath: string;
}

/**
 * Serves the files of the built page, and `index.html` for every other address that a browser navigates to. The bundler
 * puts a hash into the names below `assets/`, so these are cached for good; other files are revalidated.
 *
 * Without a built page those addresses answer `PAGE_NOT_BUILT`, and the API works as usual.
 */
export async function addPage(app: App, { webRoot, vary, basePath }: PageOptions): Promise<void> {
  const sendIndex = webRoot === undefined ? undefined : openIndex(path.join(webRoot, INDEX), basePath, vary);
  if (webRoot !== undefined && sendIndex !== undefined) {
    await app.register(fastifyStatic, {
      root: webRoot,
      wildcard: false,
      globIgnore: [`${INDEX}*`, '.vite/**'],
      // The build writes .br and .gz files beside the plain ones.
      preCompressed: true,
      index: false,
      // Not part of the API's description.
      schemaHide: true,
      cacheControl: false,
      setHeaders: (reply, file) => {
        const isHashed = path.relative(webRoot, file).startsWith(`assets${path.sep}`);
        reply.setHeader('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
        reply.setHeader('vary', vary.file);
      },
    });
  }
  app.setNotFoundHandler((request, reply) => {
    if (!wantsPage(request)) {
      throw new MatineeError('NOT_FOUND', `nothing answers ${request.method} here; GET /openapi.json lists what does`);
    }
    if (sendIndex !== undefined) return sendIndex(request, reply);
    throw new MatineeError('PAGE_NOT_BUILT', 'the page is not built; run: npm run build');
  });
}

const INDEX = 'index.html';

/**
 * Returns a function that sends `index.html`; undefined where there is none. The bundler writes addresses relative to
 * it. It is the answer to `/title/12` too, so they are written below the base path here, where the page reads its
 * own.
 */
function openIndex(
  file: string,
  basePath: string,
  vary: Vary,
): ((request: FastifyRequest, reply: FastifyReply) => FastifyReply) | undefined {
  if (!existsSync(file)) return undefined;
  const html = readFileSync(file, 'utf8')
    .replaceAll(/\b(src|href)="\.\//g, `$1="${basePath}/`)
    .replace('<meta name="matinee-base" content="" />', `<meta name="matinee-base" content="${basePath}" />`);
  const etag = `W/"${createHash('sha256').update(html).digest('base64url').slice(0, 16)}"`;
  const bodies = { br: brotliCompressSync(html), gzip: gzipSync(html, { level: 9 }) };
  return ({ headers }, reply) => {
    const encoding = encodingFor(headers['accept-encoding']);
    reply.headers({ 'cache-control': 'no-cache', etag });
    // Which addresses are the page's depends on what the client accepts.
    reply.raw.setHeader('vary', `accept, ${vary.file}`);
    if (headers['if-none-match'] === etag) return reply.code(304).send();
    reply.type('text/html; charset=utf-8');
    return encoding === undefined
      ? reply.send(html)
      : reply.header('content-encoding', encoding).send(bodies[encoding]);
  };
}

/** True for a browser's navigation and for the root; false for scripts, images and mistyped API calls. */
function wantsPage({ method, url, headers }: FastifyRequest): boolean {
  const pathname = url.split('?')[0] ?? '';
  return (
    (method === 'GET' || method === 'HEAD') &&
    (pathname === '/' || pathname === `/${INDEX}` || (headers.accept ?? '').includes('text/html')) &&
    !pathname.startsWith('/api/') &&
    (pathname === `/${INDEX}` || !/\.[A-Za-z0-9]+$/.test(pathname))
  );
}
