import { isIP, isIPv6 } from 'node:net';
import { MatineeError } from '@matinee/numerics';

/** A proxy on the same machine; nobody else can send from its address. */
export const DEFAULT_PROXIES: readonly string[] = ['loopback'];

/**
 * Reads the proxies whose `x-forwarded-*` headers count. Those of everybody else are text that anybody can write.
 *
 * @param text Addresses and networks, such as `10.0.0.5, 172.16.0.0/12`; `loopback` for this machine; `none`.
 * @throws {MatineeError} `BAD_ARGUMENT` naming what is no address.
 */
export function readProxies(text: string): readonly string[] {
  const proxies = text
    .split(',')
    .map((proxy) => proxy.trim().toLowerCase())
    .filter((proxy) => proxy !== '');
  if (proxies.length === 1 && proxies[0] === 'none') return [];
  const wrong = proxies.find((proxy) => proxy !== 'loopback' && !isNetwork(proxy));
  if (wrong === undefined) return proxies;
  throw new MatineeError(
    'BAD_ARGUMENT',
    `a proxy is an address or a network such as 10.0.0.0/8, loopback, or none; got "${wrong}"`,
  );
}

function isNetwork(text: string): boolean {
  const [address = '', length, ...more] = text.split('/');
  if (isIP(address) === 0 || more.length > 0) return false;
  return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (isIPv6(address) ? 128 : 32));
}
