const PLAIN = /^[a-z0-9 ]*$/;
/** "L.A.", "E. T.", "M*A*S*H": single letters with dots or stars between them are one word. */
const DOTTED = /(?<![\p{Letter}\p{Number}])\p{Letter}(?:[.*·] ?\p{Letter}(?![\p{Letter}\p{Number}'’]))+/gu;

/**
 * Normalises text for comparison: lower case, no accents, `&` as "and", letters with dots as one word, and a space for
 * all but letters and digits. "Amélie & Co." → "amelie and co"; "L.A. Story" → "la story"; "8½" → "8 1 2".
 */
export function normalizeText(text: string): string {
  const lower = text.toLowerCase();
  if (PLAIN.test(lower)) return lower.replaceAll(/ {2,}/g, ' ').trim();
  return lower
    .replaceAll(/(?<=[\p{Letter}\p{Number}])(?=[¼½¾⅓⅔²³])/gu, ' ')
    .normalize('NFKD')
    .replaceAll(/\p{Mark}+/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll('æ', 'ae')
    .replaceAll('œ', 'oe')
    .replaceAll('ø', 'o')
    .replaceAll('ł', 'l')
    .replaceAll('đ', 'd')
    .replaceAll(/['’‘ʼ`´]/g, '')
    .replaceAll(/(\d),(?=\d{3}(?!\d))/g, '$1')
    .replaceAll(DOTTED, (letters) => letters.replaceAll(/[.*· ]/g, ''))
    .replaceAll(/&| \+ /g, ' and ')
    .replaceAll(/[^\p{Letter}\p{Number}]+/gu, ' ')
    .trim();
}
