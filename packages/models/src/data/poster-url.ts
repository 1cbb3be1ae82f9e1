/** https and a host as DNS has it. Parsers of URLs also let `;`, `,` and `*` into a host, which mean more in a header. */
const POSTER_URL =
  /^https:\/\/(?:[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?|\[[0-9a-f:.]+\])(?::\d{1,5})?(?:[/?#]\P{C}*)?$/iu;

/**
 * Whether a page may load a poster from this address: https, with a plain host name or address, and without control
 * characters. The host becomes part of the page's security policy.
 */
export function isPosterUrl(text: string): boolean {
  return POSTER_URL.test(text);
}
