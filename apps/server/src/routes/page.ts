import { existsSync } from 'node:fs';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import { MatineeError } from '@matinee/numerics';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../http/app.ts';
import type { Vary } from '../http/cache-headers.ts';

export interface PageOptions {
  /** Folder of the built page; absent = the API only. */
  readonly webRoot?: string;
  readonly vary: Vary;
}

/**
 * Serves the files of the built page, and `index.html` for every other address that a browser navigates to. The bundler
 * puts a hash into the names below `assets/`, so these are cached for good; other files are revalidated.
 *
 * Without a built page those addresses answer `PAGE_NOT_BUILT`, and the API works as usual.
 */
export async function addPage(app: App, { webRoot, vary }: PageOptions): Promise<void> {
  const isBuilt = webRoot !== undefined && existsSync(path.join(webRoot, 'index.html'));
  if (isBuilt) {
    await app.register(fastifyStatic, {
      root: webRoot,
      wildcard: false,
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
    if (isBuilt) return sendIndex(reply);
    throw new MatineeError('PAGE_NOT_BUILT', 'the page is not built; run: npm run build');
  });
}

function sendIndex(reply: FastifyReply): FastifyReply {
  return reply.sendFile('index.html');
}

/** True for a browser's navigation and for the root; false for scripts, images and mistyped API calls. */
function wantsPage({ method, url, headers }: FastifyRequest): boolean {
  const pathname = url.split('?')[0] ?? '';
  return (
    (method === 'GET' || method === 'HEAD') &&
    (pathname === '/' || (headers.accept ?? '').includes('text/html')) &&
    !pathname.startsWith('/api/') &&
    !/\.[A-Za-z0-9]+$/.test(pathname)
  );
}
