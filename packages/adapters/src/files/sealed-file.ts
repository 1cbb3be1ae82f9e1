import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeReportFiles } from './report-writer.ts';

/**
 * A file that only holders of a key can write: HMAC-SHA256 (32 bytes), then the content. For content that is not safe to
 * read when somebody else wrote it.
 */
export interface SealedFile {
  /** Returns the content; `undefined` when the file is missing, altered, or sealed with another key or purpose. */
  read(): Promise<Uint8Array | undefined>;
  /** Replaces the file as a whole. */
  write(content: Uint8Array): Promise<void>;
}

const SEAL_BYTES = 32;

/** @param purpose What the content is for. The seal of one file is none for another. */
export function openSealedFile(file: string, key: Uint8Array, purpose: string): SealedFile {
  const sealOf = (content: Uint8Array): Buffer =>
    createHmac('sha256', key)
      .update(`${Buffer.byteLength(purpose)}:${purpose}`)
      .update(content)
      .digest();
  return {
    async read() {
      const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      if (bytes === undefined || bytes.length < SEAL_BYTES) return undefined;
      const content = new Uint8Array(bytes.subarray(SEAL_BYTES));
      return timingSafeEqual(bytes.subarray(0, SEAL_BYTES), sealOf(content)) ? content : undefined;
    },
    write: (content) =>
      writeReportFiles(path.dirname(file), { [path.basename(file)]: Buffer.concat([sealOf(content), content]) }),
  };
}
