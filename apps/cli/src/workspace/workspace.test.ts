import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeHome, openWorkspace } from './workspace.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'matinee-home-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('makeHome', () => {
  it('creates a home, and leaves nothing else', () => {
    const home = path.join(folder, 'new', 'home');
    makeHome(openWorkspace(home));
    expect(readdirSync(home)).toEqual([]);
  });

  it('says in one sentence with path and flag that a home cannot be written', () => {
    const file = path.join(folder, 'file');
    writeFileSync(file, 'text');
    const link = path.join(folder, 'link');
    symlinkSync(path.join(folder, 'nowhere', 'else'), link);
    for (const home of [file, path.join(file, 'below'), link, '/proc/matinee']) {
      expect(() => makeHome(openWorkspace(home))).toThrow(
        expect.objectContaining({
          code: 'NOT_WRITABLE',
          message: expect.stringMatching(
            new RegExp(`^--home ${home} cannot be written \\(.+\\); name another folder$`),
          ),
        }),
      );
    }
    expect(readFileSync(file, 'utf8')).toBe('text');
  });
});
