/** Names that people use and the Encoding Standard does not know. */
const ALIASES: Readonly<Record<string, string>> = {
  'latin-1': 'windows-1252',
  'utf-16': 'utf-16le',
  'cp-1252': 'windows-1252',
};

/**
 * Returns the name of an encoding in the Encoding Standard, or undefined if there is none of this name. Latin-1 is read
 * as Windows-1252, which has dashes, quotes and € where Latin-1 has control characters that nobody writes.
 */
export function encodingOf(name: string): string | undefined {
  const lower = name.trim().toLowerCase();
  try {
    return new TextDecoder(ALIASES[lower] ?? lower).encoding;
  } catch {
    return undefined;
  }
}

/**
 * Returns the encoding that the first bytes of a text give away: by a byte order mark, or because every other byte of
 * its first two characters is zero. Undefined if they give none away.
 */
export function detectEncoding(head: Uint8Array): string | undefined {
  const [first, second, third, fourth] = head;
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (first !== 0 && second === 0 && third !== 0 && fourth === 0) return 'utf-16le';
  if (first === 0 && second !== 0 && third === 0 && fourth !== 0) return 'utf-16be';
  return undefined;
}

/** The characters of the bytes 0x80 to 0x9f in Windows-1252. */
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/** Decodes a text in pieces; `end` returns what an unfinished piece left. */
export interface TextPieces {
  add(bytes: Uint8Array): string;
  end(): string;
}

/**
 * Returns a decoder of a text in pieces, which leaves out a byte order mark. Invalid bytes become U+FFFD.
 *
 * @param encoding A name that {@link encodingOf} returned.
 */
export function decodeInPieces(encoding: string): TextPieces {
  // The decoder of some versions of Node, 20.20 among them, reads Windows-1252 as Latin-1.
  if (encoding === 'windows-1252') {
    return {
      add: (bytes) =>
        Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
          .toString('latin1')
          .replace(/[\x80-\x9f]/g, (found) => WINDOWS_1252[found.charCodeAt(0) - 0x80] as string),
      end: () => '',
    };
  }
  const decoder = new TextDecoder(encoding);
  return { add: (bytes) => decoder.decode(bytes, { stream: true }), end: () => decoder.decode() };
}

/** Returns the text of bytes without a byte order mark, which overrules the encoding. */
export function decodeText(bytes: Uint8Array, encoding: string): string {
  const pieces = decodeInPieces(detectEncoding(bytes) ?? encoding);
  return pieces.add(bytes) + pieces.end();
}
