#!/usr/bin/env node
import { type CommandDef, defineCommand, runMain } from 'citty';
import { EXIT_CODES } from './terminal/run-command.ts';
import { findUnknownOption } from './terminal/unknown-options.ts';
import { showUsage } from './terminal/usage.ts';

const main = defineCommand({
  meta: { name: 'matinee', version: '0.1.0', description: 'A movie recommender that runs entirely on a laptop.' },
  // Each command loads its own dependencies, so that `--help` and errors print at once.
  subCommands: {
    start: () => import('./commands/start.ts').then((module) => module.startCommand),
    prepare: () => import('./commands/prepare.ts').then((module) => module.prepareCommand),
    train: () => import('./commands/train.ts').then((module) => module.trainCommand),
    evaluate: () => import('./commands/evaluate.ts').then((module) => module.evaluateCommand),
    report: () => import('./commands/report.ts').then((module) => module.reportCommand),
    candidates: () => import('./commands/candidates.ts').then((module) => module.candidatesCommand),
    tune: () => import('./commands/tune.ts').then((module) => module.tuneCommand),
    trace: () => import('./commands/trace.ts').then((module) => module.traceCommand),
    refresh: () => import('./commands/refresh.ts').then((module) => module.refreshCommand),
    export: () => import('./commands/export.ts').then((module) => module.exportCommand),
    recommend: () => import('./commands/recommend.ts').then((module) => module.recommendCommand),
    serve: () => import('./commands/serve.ts').then((module) => module.serveCommand),
    keys: () => import('./commands/keys.ts').then((module) => module.keysCommand),
    config: () => import('./commands/config.ts').then((module) => module.configCommand),
    data: () => import('./commands/data.ts').then((module) => module.dataCommand),
  },
});

const unknown = await findUnknownOption(main as CommandDef, process.argv.slice(2));
if (unknown === undefined) {
  await runMain(main, { showUsage });
} else {
  process.stderr.write(`matinee: there is no option ${unknown.option} here; there are: ${unknown.known.join(', ')}\n`);
  process.exitCode = EXIT_CODES.usage;
}
