import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MATINEE } from '../testing/matinee-program.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'matinee-data-'));
});
afterEach(() => rm(home, { recursive: true }));

/** Each command is a process, and the machine may be busy. */
const timeoutMs = 120_000;

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[], watch?: (child: ChildProcess, stderr: string) => void): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MATINEE, ...args, '--home', home], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
      watch?.(child, stderr);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** A zip of one stored entry, per APPNOTE.TXT 4.3. */
function zipOf(name: string, text: string): Buffer {
  const data = Buffer.from(text);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt32LE(zlib.crc32(data), 10);
  common.writeUInt32LE(data.length, 14);
  common.writeUInt32LE(data.length, 18);
  common.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), data]);
  const central = Buffer.concat([
    Buffer.from('PK\x01\x02'),
    Buffer.from([20, 0]),
    common,
    Buffer.alloc(14),
    Buffer.from(name),
  ]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}

async function serve(files: Readonly<Record<string, string | Buffer>>) {
  const server = http.createServer((request, response) => {
    const content = files[(request.url ?? '').slice(1)];
    if (content === undefined) response.writeHead(404);
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

describe('matinee data', () => {
  it(
    'downloads a set with its terms, prepares it, lists it and tells a second run that nothing changed',
    async () => {
      const zip = zipOf('ml-1m/ratings.dat', '1::10::5::978300760\n2::20::3::978300761\n');
      const md5 = createHash('md5').update(zip).digest('hex');
      const server = await serve({ 'ml-1m.zip': zip, 'ml-1m.zip.md5': `${md5}  ml-1m.zip\n` });
      const download = await run(['data', 'download', 'ml-1m', '--from', server.base]);
      await server.close();
      expect(download.code).toBe(0);
      expect(download.stderr).toMatch(/GroupLens' terms[\s\S]*ml-1m.*may not be redistributed/);

      const folder = path.join(home, 'downloads', 'ml-1m');
      const prepared = await run(['prepare', '--data', folder, '--json']);
      expect(JSON.parse(prepared.stdout)).toMatchObject({
        reused: false,
        counts: { users: 2, items: 2, events: 2 },
      });
      const again = await run(['prepare', '--data', folder]);
      expect(again.stderr).toContain('unchanged since last time');
      expect(again.stdout).toContain('2 rows read = 2 kept + 0 quarantined');
      const list = await run(['data', 'list']);
      expect(list.stdout).toMatch(/^ml-1m +2 events +2 users +2 titles {2}[0-9a-f]{12}\n$/);
    },
    timeoutMs,
  );

  it(
    'fails with one line and exit code 1 when nothing answers or the checksum is wrong',
    async () => {
      const server = await serve({ 'ml-25m.zip': 'zip', 'ml-25m.zip.md5': '0'.repeat(32) });
      const wrong = await run(['data', 'download', 'ml-25m', '--from', server.base, '--json']);
      await server.close();
      expect(wrong.code).toBe(1);
      expect(wrong.stderr).toContain('BAD_CHECKSUM');
      expect(await readdir(path.join(home, 'downloads'))).toEqual([]);

      const offline = await run(['data', 'download', 'ml-25m', '--from', server.base]);
      expect(offline.code).toBe(1);
      const [error, ...more] = offline.stderr.split('\n').filter((line) => line.startsWith('matinee:'));
      expect(error).toMatch(/cannot reach 127\.0\.0\.1:\d+ \(ECONNREFUSED\)/);
      expect(more).toEqual([]);
      expect(offline.stderr).not.toContain('    at ');
    },
    timeoutMs,
  );

  it(
    'inspects files, and what it proposes is read as it is',
    async () => {
      const source = path.join(home, 'source');
      await mkdir(source);
      const events = path.join(source, 'events.csv');
      const items = path.join(source, 'products.jsonl');
      await writeFile(events, 'customer;sku;at;action\na;x;2019-05-01 10:00:00;play\nb;x;2019-05-02 10:00:00;like\n');
      await writeFile(items, '{"sku":"x","name":"One","genres":["Drama"]}\n');
      const inspected = await run(['data', 'inspect', events, '--items', items]);
      expect(inspected.code).toBe(0);
      expect(inspected.stderr).toMatch(/sku +item +x/);
      expect(inspected.stderr).toContain('note: the event types of the first rows are guessed');
      await writeFile(path.join(source, 'matinee.json'), inspected.stdout);
      const validated = await run(['data', 'validate', '--data', source]);
      expect(validated.code).toBe(0);
      expect(validated.stdout).toContain('2 rows read = 2 kept + 0 quarantined');
      expect(validated.stdout).toContain('1 of 1 items of events are in the item table');
      const alone = await run(['data', 'inspect', items]);
      expect(alone.code).toBe(0);
      expect(alone.stderr).toContain('note: there are no events');
      await writeFile(path.join(source, 'matinee.json'), alone.stdout);
      expect((await run(['data', 'validate', '--data', source])).stdout).toContain(
        'none yet: nobody has done anything',
      );
      const swapped = await run(['data', 'inspect', items, '--items', events]);
      expect(swapped.code).toBe(2);
      expect(swapped.stderr).toContain('looks like a table of items');
    },
    timeoutMs,
  );

  it(
    'validates with code 1 and a file of the bad rows, and prepares nothing',
    async () => {
      const source = path.join(home, 'source');
      await mkdir(source);
      await writeFile(path.join(source, 'ratings.csv'), 'userId,movieId,rating,timestamp\n1,2,9,100\n1,2,5,100\n');
      const bad = path.join(home, 'bad.jsonl');
      const { code, stdout } = await run(['data', 'validate', '--data', source, '--quarantine', bad, '--json']);
      expect(code).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({
        validation: { events: { rowsRead: 2, rowsKept: 1, rowsQuarantined: 1 } },
      });
      expect(JSON.parse(await readFile(bad, 'utf8'))).toEqual({
        file: 'ratings.csv',
        line: 2,
        reason: 'value: "9" is not from 0.5 to 5',
        text: '1,2,9,100',
      });
      expect((await readdir(home)).sort()).toEqual(['bad.jsonl', 'source']);
    },
    timeoutMs,
  );
});

describe('matinee prepare', () => {
  /** Takes about a second to prepare. */
  async function writeSource(): Promise<string> {
    const source = path.join(home, 'big');
    await mkdir(source, { recursive: true });
    const rows = Array.from({ length: 1_000_000 }, (_, row) => `${row % 5000},${(row * 7) % 4001},3,${row}\n`);
    await writeFile(path.join(source, 'ratings.csv'), `userId,movieId,rating,timestamp\n${rows.join('')}`);
    return source;
  }

  it.each([
    ['SIGKILL', null],
    ['SIGINT', 130],
  ] as const)(
    'that ends by %s leaves no data set, and the next run none of its leftovers',
    async (signal, exitCode) => {
      const source = await writeSource();
      let isSent = false;
      const killed = await run(['prepare', '--data', source, '--json'], (child, stderr) => {
        if (isSent || !/read events|index and sort/.test(stderr)) return;
        isSent = true;
        child.kill(signal);
      });
      expect(killed.code).toBe(exitCode);
      expect(killed.stdout).toBe('');
      const datasets = path.join(home, 'datasets');
      expect(await readdir(datasets)).not.toContain('big');
      const { code } = await run(['prepare', '--data', source]);
      expect(code).toBe(0);
      expect(await readdir(datasets)).toEqual(['big']);
    },
    timeoutMs,
  );
});
