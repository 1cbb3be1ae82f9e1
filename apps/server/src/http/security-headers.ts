import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Catalogue } from '@matinee/models/data';
import helmet from 'helmet';
import { isHttpsUrl } from '../posters/poster-url.ts';
import type { App } from './app.ts';

/** So many hosts of posters are named one by one: beyond a few a list would only be long. */
const MOST_HOSTS = 20;

/**
 * Every answer tells browsers what this origin may load and who may frame it.
 *
 * `helmet` is asked once a catalogue. `@fastify/helmet` asks it at every request, which costs all its checks again and keeps the
 * request until the next full collection: see docs/decisions/0017-garbage-of-requests.md.
 */
export function addSecurityHeaders(app: App, catalogue: () => Catalogue): void {
  let last: { readonly catalogue: Catalogue; readonly headers: Record<string, string> } | undefined;
  app.addHook('onRequest', (_request, reply, next) => {
    const present = catalogue();
    if (last?.catalogue !== present) last = { catalogue: present, headers: securityHeaders(posterHosts(present)) };
    reply.headers(last.headers);
    next();
  });
}

/** Where posters come from is for the catalogue to say. */
function posterHosts({ posterUrls }: Catalogue): string {
  const urls = posterUrls.filter((url): url is string => url !== undefined && isHttpsUrl(url));
  const hosts = new Set(urls.map((url) => new URL(url).origin));
  return hosts.size > MOST_HOSTS ? 'https:' : Array.from(hosts).join(' ');
}

function securityHeaders(imageHosts: string): Record<string, string> {
  const protect = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: [`'self' ${imageHosts}`.trim()],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    // Whether there is TLS is for the proxy in front to know.
    strictTransportSecurity: false,
  });
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  protect(request, response, (error) => {
    if (error !== undefined) throw error;
  });
  return Object.fromEntries(Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)]));
}
