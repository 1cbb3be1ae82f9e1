/** Host names and addresses as DNS has them. URL parsers also let `;`, `,` and `*` through, which mean more in a header. */
const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;

/**
 * Whether a page may load a poster from this address: https, with a plain host name or address. The host becomes part
 * of the page's security policy.
 */
export function isPosterUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, host } = new URL(text);
  return protocol === 'https:' && HOST.test(host);
}
