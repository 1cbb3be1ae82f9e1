/**
 * Returns an id for a new event. Browsers have `crypto.randomUUID` on pages that came over TLS or from this machine
 * only, and the page is also opened by the address of a machine in the house.
 */
export function createEventId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
