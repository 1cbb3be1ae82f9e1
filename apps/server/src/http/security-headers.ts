import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Catalogue } from '@matinee/models/data';
import { isPosterUrl } from '@matinee/models/data';
import helmet from 'helmet';
import type { App } from './app.ts';

/** With more hosts of posters, the header allows every https host instead of a long list. */
const MOST_HOSTS = 20;

/**
 * Adds headers that tell browsers what the page may load and who may frame it.
 *
 * `helmet` runs once per catalogue. `@fastify/helmet` would run it on every request, which repeats all its checks and
 * holds the request in memory until the next full collection; see docs/decisions/0017-garbage-of-requests.md.
 */
export function addSecurityHeaders(app: App, catalogue: () => Catalogue): void {
  let last: { readonly catalogue: Catalogue; readonly headers: Record<string, string> } | undefined;
  app.addHook('onRequest', (_request, reply, next) => {
    const present = catalogue();
    if (last?.catalogue !== present) last = { catalogue: present, headers: headersFor(present) };
    reply.headers(last.headers);
    next();
  });
}

/** No catalogue may keep the server from answering: with hosts that the header refuses, browsers load our posters only. */
function headersFor(catalogue: Catalogue): Record<string, string> {
  try {
    return securityHeaders(posterHosts(catalogue));
  } catch {
    return securityHeaders('');
  }
}

/** Returns the origins of the catalogue's posters, separated by spaces. */
function posterHosts({ posterUrls }: Catalogue): string {
  const urls = posterUrls.filter((url): url is string => url !== undefined && isPosterUrl(url) && URL.canParse(url));
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
    // Only the proxy in front of the server knows whether there is TLS.
    strictTransportSecurity: false,
  });
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  protect(request, response, (error) => {
    if (error !== undefined) throw error;
  });
  return Object.fromEntries(Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)]));
}
