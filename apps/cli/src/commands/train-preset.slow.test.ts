import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { twoTastes } from '@matinee/models/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MATINEE } from '../testing/matinee-program.ts';

const TIMEOUT_MS = 240_000;

/** Everything that V4 consists of, each as small as it goes. */
const CONFIG = {
  v4: {
    sources: {
      popularity: { family: 'popularity', config: {} },
      'item-knn': { family: 'item-knn', config: {} },
      ease: { family: 'ease', config: {} },
      sasrec: { family: 'sasrec', config: { maxEpochs: 3, embeddingDim: 16, feedForwardDim: 32, maxLength: 20 } },
    },
    latestShare: 0.3,
    leaveOut: 'nothing',
  },
};

describe('matinee train --preset, killed', () => {
  let root: string;
  let data: string;
  let config: string;

  beforeAll(async () => {
    root = await mkdtemp(path.join(os.tmpdir(), 'matinee-preset-'));
    data = path.join(root, 'tastes');
    config = path.join(root, 'train.json');
    await writeFile(config, JSON.stringify(CONFIG));
    await writeWorld(data);
  });
  afterAll(() => rm(root, { recursive: true }));

  it(
    'at any stage, goes on and ends with the version of a run that was left alone',
    async () => {
      const undisturbed = await train('left-alone');
      expect(undisturbed.killed).toBe(false);

      const kills = [
        '"fit ease without the latest part","status":"started"',
        'epoch 2 of 3',
        '"learn the blend’s weights","status":"started"',
        '"learn to rank","status":"running"',
        '"fit sasrec on everything","status":"started"',
        '"save the release","status":"started"',
      ];
      for (const moment of kills) expect([moment, (await train('killed', moment)).killed]).toEqual([moment, true]);
      const finished = await train('killed');
      expect(finished.log).toContain('done before');
      expect(finished.version).toBe(undisturbed.version);
    },
    TIMEOUT_MS,
  );

  function train(
    home: string,
    killAt?: string,
  ): Promise<{ killed: boolean; version: string | undefined; log: string }> {
    return new Promise((resolve, reject) => {
      const args = ['train', '--json', '--preset', 'v4', '--data', data, '--config', config, '--threads', '1'];
      const child = spawn(process.execPath, [MATINEE, ...args, '--home', path.join(root, home)], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let out = '';
      let log = '';
      child.stdout.on('data', (chunk: Buffer) => {
        out += chunk.toString();
      });
      child.stderr.on('data', (chunk: Buffer) => {
        log += chunk.toString();
        if (killAt !== undefined && log.includes(killAt)) child.kill('SIGKILL');
      });
      child.on('error', reject);
      child.on('close', (code, signal) => {
        if (signal === 'SIGKILL') resolve({ killed: true, version: undefined, log });
        else if (code === 0) resolve({ killed: false, version: (JSON.parse(out) as { version: string }).version, log });
        else reject(new Error(`ended with ${code}: ${log.slice(-2000)}`));
      });
    });
  }
});

/** The world of two tastes as source files. */
async function writeWorld(folder: string): Promise<void> {
  const { interactions, items, ratings } = twoTastes();
  const events = Array.from(interactions.itemIndices.keys(), (row) =>
    [interactions.userIndices[row], interactions.itemIndices[row], ratings[row], interactions.timestamps[row]].join(),
  );
  const itemLines = items.genres.map((genres, item) => {
    const names = Array.from(genres, (genre) => items.genreNames[genre]);
    return `${item},Title ${item},${names.join('|')}`;
  });
  await mkdir(folder);
  await writeFile(path.join(folder, 'events.csv'), ['user,item,rating,time', ...events].join('\n'));
  await writeFile(path.join(folder, 'items.csv'), ['id,title,genres', ...itemLines].join('\n'));
  await writeFile(
    path.join(folder, 'matinee.json'),
    JSON.stringify({
      name: 'tastes',
      interactions: {
        file: 'events.csv',
        user: 'user',
        item: 'item',
        value: 'rating',
        time: 'time',
        timeUnit: 'seconds',
      },
      items: { file: 'items.csv', id: 'id', title: 'title', genres: 'genres', genreSeparator: '|' },
    }),
  );
}
