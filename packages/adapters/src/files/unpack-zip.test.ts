import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unpackZip } from './unpack-zip.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'matinee-zip-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Returns a zip file of stored (uncompressed) entries, per APPNOTE.TXT 4.3. */
function zipOf(entries: Readonly<Record<string, string>>): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(entries)) {
    const nameBytes = Buffer.from(name);
    const data = Buffer.from(text);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0); // version needed
    common.writeUInt32LE(zlib.crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(nameBytes.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, nameBytes, data]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    centrals.push(Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 0]), common, tail, nameBytes]));
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(locals.length, 8);
  end.writeUInt16LE(locals.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, central, end]);
}

function write(bytes: Buffer): string {
  const file = path.join(folder, 'set.zip');
  writeFileSync(file, bytes);
  return file;
}

describe('unpackZip', () => {
  it('unpacks the content of a single folder', async () => {
    const file = write(zipOf({ 'ml-x/': '', 'ml-x/ratings.csv': 'a,b', 'ml-x/sub/README.txt': 'hello' }));
    await unpackZip(file, path.join(folder, 'out'));
    expect(readFileSync(path.join(folder, 'out', 'ratings.csv'), 'utf8')).toBe('a,b');
    expect(readFileSync(path.join(folder, 'out', 'sub', 'README.txt'), 'utf8')).toBe('hello');
  });

  it('refuses an entry outside the folder, and leaves nothing behind', async () => {
    const file = write(zipOf({ 'ml-x/ratings.csv': 'a,b', '../escaped.txt': 'no' }));
    await expect(unpackZip(file, path.join(folder, 'out'))).rejects.toMatchObject({ code: 'BAD_ZIP' });
    expect(readdirSync(folder)).toEqual(['set.zip']);
    expect(existsSync(path.join(folder, '..', 'escaped.txt'))).toBe(false);
  });

  it('refuses a truncated file and keeps what was unpacked before', async () => {
    const bytes = zipOf({ 'ml-x/ratings.csv': 'a,b' });
    await unpackZip(write(bytes), path.join(folder, 'out'));
    await expect(unpackZip(write(bytes.subarray(0, 40)), path.join(folder, 'out'))).rejects.toThrow(
      'cannot be unpacked',
    );
    expect(readFileSync(path.join(folder, 'out', 'ratings.csv'), 'utf8')).toBe('a,b');
  });
});
