import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { detectSource, prepareDataset, readManifest } from '@matinee/adapters/duckdb';
import { downloadFile, partialName, removeDeadPartials, unpackZip } from '@matinee/adapters/files';
import { MatineeError } from '@matinee/numerics';
import { defineCommand } from 'citty';
import { runCommand } from '../terminal/run-command.ts';
import { lockForDownload } from '../workspace/locks.ts';
import { BUNDLED_DATA } from '../workspace/open-dataset.ts';
import { describeValidation } from '../workspace/validation-text.ts';
import { commonArguments, makeHome, openWorkspace } from '../workspace/workspace.ts';
import { dataInspectCommand } from './data-inspect.ts';
import { exportLogCommand } from './export-log.ts';

const validateCommand = defineCommand({
  meta: {
    name: 'validate',
    description: `Read source files and report their contents and problems, without preparing them.
The exit code is 1 when rows had to be quarantined.

Examples:
  matinee data validate --data ~/shop
  matinee data validate --data ~/shop --quarantine bad-rows.jsonl --json`,
  },
  args: {
    data: { type: 'string', description: 'Folder of source files (default: the bundled MovieLens set)' },
    quarantine: { type: 'string', description: 'File for the rows that cannot be used, one JSON object per line' },
    ...commonArguments,
  },
  run: ({ args }) =>
    runCommand({ json: args.json }, async ({ progress, signal, print }) => {
      const source = detectSource(args.data ?? BUNDLED_DATA);
      const workspace = openWorkspace(args.home);
      const { home } = workspace;
      makeHome(workspace);
      // In the workspace: the system's temporary folder may be too small for what DuckDB spills to disk.
      await removeDeadPartials(home);
      const scratch = path.join(home, partialName());
      mkdirSync(scratch);
      try {
        const folder = path.join(scratch, 'dataset');
        const { manifest } = await progress.stage('validate', (stage) =>
          prepareDataset({
            source,
            folder,
            name: source.name,
            nowMs: Date.now(),
            signal,
            onProgress: (step, percent) => stage.update(Math.round(percent), 100, `% of: ${step}`),
          }),
        );
        if (args.quarantine !== undefined) await placeFile(path.join(folder, 'quarantine.jsonl'), args.quarantine);
        const { validation, counts } = manifest;
        print({
          json: { source: manifest.source, counts, validation },
          text: `${(source.interactions ?? source.items)?.file}\n${describeValidation(manifest)}`,
        });
        if (validation.events.rowsQuarantined + validation.items.rowsQuarantined > 0) process.exitCode = 1;
      } finally {
        rmSync(scratch, { recursive: true, force: true });
      }
    }),
});

/** Copies to a temporary name and renames it, since the scratch folder may be on another disk. */
async function placeFile(from: string, to: string): Promise<void> {
  await mkdir(path.dirname(path.resolve(to)), { recursive: true });
  const aside = path.join(path.dirname(path.resolve(to)), partialName());
  try {
    await copyFile(from, aside);
    await rename(aside, to);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}

/** The MovieLens sets that GroupLens publishes as a zip file with an md5 beside it. */
const DOWNLOADS = ['ml-latest-small', 'ml-1m', 'ml-10m', 'ml-20m', 'ml-25m', 'ml-32m'] as const;
const GROUPLENS = 'https://files.grouplens.org/datasets/movielens';
const TERMS = `MovieLens data is subject to GroupLens' terms (the README inside the download): research use, no commercial or
  revenue-bearing use without their permission, acknowledge Harper and Konstan (2015). ml-1m, ml-10m and ml-20m may not be redistributed.`;

const downloadCommand = defineCommand({
  meta: {
    name: 'download',
    description: `Download a MovieLens set from GroupLens, check it and unpack it to <home>/downloads/<name>.
A broken download continues where it stopped. Sets: ${DOWNLOADS.join(', ')}.

Examples:
  matinee data download ml-25m
  matinee prepare --data .matinee/downloads/ml-25m`,
  },
  args: {
    set: { type: 'positional', description: `One of ${DOWNLOADS.join(', ')}`, required: true },
    from: {
      type: 'string',
      description: 'URL of another server that holds <set>.zip and <set>.zip.md5',
      default: GROUPLENS,
    },
    ...commonArguments,
  },
  run: ({ args }) =>
    runCommand({ json: args.json }, async ({ progress, signal, print }) => {
      const set = DOWNLOADS.find((each) => each === args.set);
      if (set === undefined)
        throw new MatineeError('BAD_ARGUMENT', `no set "${args.set}"; there are: ${DOWNLOADS.join(', ')}`);
      const workspace = openWorkspace(args.home);
      makeHome(workspace);
      const downloads = path.join(workspace.home, 'downloads');
      const zip = path.join(downloads, `${set}.zip`);
      const folder = path.join(downloads, set);
      progress.note(TERMS);
      const unlock = await lockForDownload(workspace, set, { progress, signal });
      await progress
        .stage(`download ${set}`, async (stage) => {
          if (existsSync(folder)) return stage.summary(`${folder} is there already`);
          const url = `${args.from.replace(/\/$/, '')}/${set}.zip`;
          const onProgress = (done: number, total: number): void => stage.update(done, total, 'bytes');
          await downloadFile({ url, file: zip, signal, onProgress });
          await unpackZip(zip, folder);
          rmSync(zip);
          stage.summary(folder);
        })
        .finally(unlock);
      print({ json: { set, folder }, text: `unpacked to ${folder}\nnext: matinee prepare --data ${folder}` });
    }),
});

const listCommand = defineCommand({
  meta: { name: 'list', description: 'List the prepared data sets.' },
  args: commonArguments,
  run: ({ args }) =>
    runCommand({ json: args.json }, async ({ print }) => {
      const { datasets } = openWorkspace(args.home);
      const names = existsSync(datasets)
        ? readdirSync(datasets)
            .sort()
            .filter((name) => !name.startsWith('.'))
        : [];
      const manifests = names.flatMap((name) => readManifest(path.join(datasets, name)) ?? []);
      const lines = manifests.map(({ name, counts, hash }) => {
        const number = (value: number): string => value.toLocaleString('en').padStart(11);
        return `${name.padEnd(20)}${number(counts.events)} events${number(counts.users)} users${number(counts.items)} titles  ${hash.slice(0, 12)}`;
      });
      print({
        json: manifests.map(({ name, counts, hash }) => ({ name, counts, hash })),
        text: lines.length === 0 ? `nothing prepared in ${datasets}; run: matinee prepare` : lines.join('\n'),
      });
    }),
});

export const dataCommand = defineCommand({
  meta: { name: 'data', description: 'Validate, download and list data; export event logs.' },
  subCommands: {
    inspect: dataInspectCommand,
    validate: validateCommand,
    download: downloadCommand,
    list: listCommand,
    'export-log': exportLogCommand,
  },
});
