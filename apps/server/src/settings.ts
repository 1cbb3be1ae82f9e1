import type { AllowedOrigins } from './http/cross-origin.ts';
import type { DrainOptions } from './http/drain.ts';
import type { LoadLimits } from './http/load-gate.ts';
import type { RateLimits } from './http/rate-limits.ts';
import type { ResponseCacheLimits } from './http/response-cache.ts';

/** What an operator can change about a server. Every setting has a default. */
export interface ServerSettings {
  /** How much work the server accepts before it refuses requests; {@link DEFAULT_LOAD_LIMITS} for absent fields. */
  readonly limits?: Partial<LoadLimits>;
  /** Size and age limits of the response cache; {@link DEFAULT_RESPONSE_CACHE} for absent fields. */
  readonly responseCache?: Partial<ResponseCacheLimits>;
  /** Bytes of candidates kept for each generation that is served; 48 MB by default, 0 = none. */
  readonly keptBytes?: number;
  /** Share of places filled at random in rows that explore, 0 to 1; {@link DEFAULT_EXPLORATION_SHARE} by default. */
  readonly explorationShare?: number;
  /** Secret that a client must send to add items. Without it the server accepts no new items. */
  readonly catalogueToken?: string;
  /** Secret that PINs are hashed with beside their salt. Whoever has only the store cannot try out PINs then. */
  readonly pinPepper?: Uint8Array;
  /** Secret of a backend that acts for any user. Without it no request does. */
  readonly operatorToken?: string;
  /** Whether everybody may look at the page as any user of the data set; false by default. */
  readonly demo?: boolean;
  /** Names by which browsers reach the server, beside those of this machine; lower case, without ports. */
  readonly hostNames?: readonly string[];
  /** The path below which clients reach the server, such as `/matinee`; see `readBasePath`. Empty by default. */
  readonly basePath?: string;
  /** Other origins whose pages may use the API; see `readOrigins`. None by default. */
  readonly corsOrigins?: AllowedOrigins;
  /** A request that has not come whole by then is refused with 408; 30,000 by default, checked every five seconds. */
  readonly requestTimeoutMs?: number;
  /** Whether what is not public needs an API key, or a visitor's secret or a session; false by default. */
  readonly requiresKeys?: boolean;
  /** Whether the page is served, whose visitors need no API key; true by default. */
  readonly servesPage?: boolean;
  /** Requests a minute; no limits by default. */
  readonly rateLimits?: Partial<RateLimits>;
  /** Proxies whose `x-forwarded-*` headers count, see `readProxies`; those on this machine by default. */
  readonly trustedProxies?: readonly string[];
  /** How long closing may take; {@link DEFAULT_DRAIN} by default. */
  readonly drain?: DrainOptions;
  /** Folder of the built page. Without it the server serves the API only. */
  readonly webRoot?: string;
  /** Adds figures of the process (memory, event loop, garbage collection) to `/metrics`; false by default. */
  readonly processMetrics?: boolean;
}
