import { spawn } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MATINEE } from '../testing/matinee-program.ts';
import { writeSmallData } from '../testing/small-data.ts';

const TIMEOUT_MS = 180_000;
/** The home of a command that must not write is not its own: another user's, who has no rights there. */
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

let folder: string;
let data: string;
/** A home with data and a release. */
let trained: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'matinee-home-'));
  await chmod(folder, 0o755);
  data = path.join(folder, 'few');
  await writeSmallData(data);
  trained = path.join(folder, 'trained');
  expect((await matinee(['train'], trained)).code).toBe(0);
}, TIMEOUT_MS);
afterAll(async () => {
  await rm(folder, { recursive: true });
});

interface Outcome {
  readonly code: number | null;
  readonly stderr: string;
}

function matinee(
  args: readonly string[],
  home: string,
  { source = ['--data', data], prefix = [] as readonly string[], isNobody = false } = {},
): Promise<Outcome> {
  const [program = '', ...rest] = [...prefix, process.execPath, ...[MATINEE, ...args, '--home', home, ...source]];
  const child = spawn(program, rest, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, HOME: folder, PORT: '' },
    ...(isNobody && isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += String(chunk);
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stderr })));
}

/** One sentence about one path, and no stack. */
function expectOneSentence({ code, stderr }: Outcome, place: string): void {
  const last = stderr.trim().split('\n').at(-1) ?? '';
  expect([code, last]).toEqual([expect.toBeOneOf([1, 2]), expect.stringMatching(/^matinee: /)]);
  expect(last).toContain(place);
  expect(last).toMatch(/; \w+/);
  expect(stderr).not.toMatch(/unexpected error|^ +at /m);
}

const COMMANDS: readonly (readonly string[])[] = [
  ['start', '--port', '0'],
  ['prepare'],
  ['train'],
  ['train', '--model', 'popularity'],
  ['evaluate', '--models', 'popularity'],
  ['report'],
  ['candidates', '--out', 'never-written'],
  ['tune', '--model', 'ease', '--trials', '1'],
  ['refresh'],
  ['serve', '--port', '0'],
  ['data', 'validate'],
];

describe('a home that cannot be one', () => {
  it.each(COMMANDS.map((args) => [args.join(' '), args] as const))(
    'because a file stands there, is named by matinee %s',
    async (name, args) => {
      const home = path.join(folder, `file-${name.replaceAll(/\W+/g, '-')}`);
      await writeFile(home, 'a letter');
      expectOneSentence(await matinee(args, home), home);
      expect(await readFile(home, 'utf8')).toBe('a letter');
    },
    TIMEOUT_MS,
  );
});

describe('a home that may not be written', () => {
  it.each([
    ['start', ['start', '--port', '0']],
    ['serve', ['serve', '--port', '0']],
    ['train', ['train', '--seed', '2']],
    ['refresh', ['refresh']],
  ])(
    'is named by matinee %s',
    async (name, args) => {
      const home = path.join(folder, `readonly-${name}`);
      await cp(trained, home, { recursive: true });
      await openForReading(home);
      expectOneSentence(await matinee(args, home, { isNobody: true }), home);
    },
    TIMEOUT_MS,
  );
});

describe.runIf(process.platform === 'linux')('a disk that is full (on Linux, which has prlimit)', () => {
  // What a file may hold is limited instead: the system refuses the write in the same place, for anybody.
  it.each([
    ['prepare', 2000],
    ['train', 1500],
  ])(
    'ends matinee %s with one sentence, leaves nothing half-written, and the next run is whole',
    async (command, bytes) => {
      const home = path.join(folder, `full-${command}`);
      if (command === 'train')
        await cp(path.join(trained, 'datasets'), path.join(home, 'datasets'), { recursive: true });
      const full = await matinee([command], home, { prefix: ['prlimit', `--fsize=${bytes}`] });
      expectOneSentence(full, home);
      expect(full.stderr).toMatch(/File too large|EFBIG/);
      expect((await namesBelow(home)).filter((name) => /\.partial-|\.replaced-/.test(name))).toEqual([]);
      expect((await matinee([command], home)).code).toBe(0);
    },
    TIMEOUT_MS,
  );
});

describe('a foreign file', () => {
  it.each([
    ['a lock', 'locks/few.reading', 'cannot lock'],
    ['the event log', 'events/few.db', 'is damaged'],
    ['the secret of the PINs', 'events/few.pepper', 'must hold 32 bytes'],
    ['the manifest of the data', 'datasets/few/manifest.json', 'is not readable'],
  ])(
    'in place of %s is named, and left as it is',
    async (_, name, message) => {
      const home = path.join(folder, `foreign-${path.basename(name)}`);
      await cp(trained, home, { recursive: true });
      const file = path.join(home, name);
      await mkdir(path.dirname(file), { recursive: true });
      const letter = 'a letter that is longer than the header of a database. '.repeat(40);
      await writeFile(file, letter);
      const outcome = await matinee(['serve', '--port', '0'], home);
      expectOneSentence(outcome, file);
      expect(outcome.stderr).toContain(message);
      expect(await readFile(file, 'utf8')).toBe(letter);
    },
    TIMEOUT_MS,
  );
});

/** Everybody may read the home, and nobody but root may write it. */
async function openForReading(home: string): Promise<void> {
  for (const name of await namesBelow(home)) await chmod(path.join(home, name), 0o555);
  await chmod(home, 0o555);
}

const namesBelow = (home: string): Promise<string[]> => readdir(home, { recursive: true });
