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
  let last: PosterHeaders | undefined;
  app.addHook('onRequest', (_request, reply, next) => {
    const present = catalogue();
    if (last?.catalogue !== present) last = headersFor(present, last);
    reply.headers(last.headers);
    next();
  });
}

interface PosterHeaders {
  readonly catalogue: Catalogue;
  /** The origins of its posters; more than {@link MOST_HOSTS} are not looked for. */
  readonly hosts: ReadonlySet<string>;
  readonly headers: Record<string, string>;
}

/** @param earlier Of the catalogue that this one begins with; its posters are not read again. */
function headersFor(catalogue: Catalogue, earlier: PosterHeaders | undefined): PosterHeaders {
  const hosts = new Set(earlier?.hosts);
  const { posterUrls } = catalogue;
  for (let item = earlier?.catalogue.posterUrls.length ?? 0; item < posterUrls.length; item++) {
    if (hosts.size > MOST_HOSTS) break;
    const url = posterUrls[item];
    if (url !== undefined && isPosterUrl(url) && URL.canParse(url)) hosts.add(new URL(url).origin);
  }
  if (sameSize(hosts, earlier)) return { catalogue, hosts, headers: earlier.headers };
  return { catalogue, hosts, headers: headersOf(hosts) };
}

function sameSize(hosts: ReadonlySet<string>, earlier: PosterHeaders | undefined): earlier is PosterHeaders {
  return earlier?.hosts.size === hosts.size;
}

/** No catalogue may keep the server from answering: with hosts that the header refuses, browsers load our posters only. */
function headersOf(hosts: ReadonlySet<string>): Record<string, string> {
  try {
    return securityHeaders(hosts.size > MOST_HOSTS ? 'https:' : Array.from(hosts).join(' '));
  } catch {
    return securityHeaders('');
  }
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
