/**
 * Kills servers, training, refreshes and other commands with SIGKILL at random moments, and checks after every kill that
 * nothing acknowledged is lost or doubled, that the current release and the data load, and that no process is left.
 * Every 25 kills, and at the end, every kind of command runs undisturbed and must leave no temporary file behind.
 *
 * Options: `--kills N` (1000); `--seed N` (1) of what is killed when. Linux only; needs `npm run build`. Ctrl-C ends it.
 * The exit code is 1 when a check fails; the home then stays, and the moment and the seed are printed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createRandom, type Random } from '@matinee/numerics';
import { writeSmallData } from '../apps/cli/src/testing/small-data.ts';
import { checkHome, PREPARED, SERVED, settle, type TestedHome } from './kill/home.ts';
import { MOMENTS, type Round } from './kill/moments.ts';
import { killAll } from './kill/processes.ts';

export const description = 'SIGKILL at random moments: nothing lost, doubled or left over';

const SETTLE_EVERY = 25;

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: { kills: { type: 'string', default: '1000' }, seed: { type: 'string', default: '1' } },
  });
  const [kills, seed] = [Number(values.kills), Number(values.seed)];
  const folder = mkdtempSync(path.join(os.tmpdir(), 'matinee-kill-'));
  process.once('SIGINT', () => {
    killAll();
    rmSync(folder, { recursive: true, force: true });
    console.log('stopped');
    process.exit(130);
  });
  const served = createTestedHome(folder, 'served');
  const trained = createTestedHome(folder, 'trained');
  for (const name of [SERVED, PREPARED]) await writeSmallData(path.join(served.sources, name));
  const random = createRandom(seed);
  const counts = new Map<string, number>();
  let what = 'before the first kill';
  try {
    for (const tested of [served, trained]) await settle(tested, 0);
    for (let number = 1; number <= kills; number++) {
      const round: Round = { number, random: random.fork(`kill ${number}`), served, trained };
      const { name, kill } = drawMoment(round.random);
      what = `kill ${number} of ${kills}, ${name}`;
      what = `${what}, ${await kill(round)}`;
      for (const tested of [served, trained]) await checkHome(tested);
      counts.set(name, (counts.get(name) ?? 0) + 1);
      if (process.stderr.isTTY || number % 10 === 0) process.stderr.write(`${what}: ok\n`);
      if (number % SETTLE_EVERY !== 0 && number !== kills) continue;
      what = `undisturbed commands after kill ${number}`;
      for (const tested of [served, trained]) await settle(tested, number);
    }
    for (const tested of [served, trained]) await checkHome(tested);
  } catch (error) {
    killAll();
    console.error(`seed ${seed}, ${what}: ${error instanceof Error ? error.message : String(error)}`);
    console.error(`the home is kept: ${folder}`);
    process.exitCode = 1;
    return;
  }
  rmSync(folder, { recursive: true, force: true });
  for (const [name, count] of counts) console.log(`  ${name}: ${count}`);
  console.log(
    `${kills} kills, seed ${seed}: ${served.acknowledged.size} acknowledged events, none lost, none doubled; nothing left over`,
  );
}

function createTestedHome(folder: string, name: string): TestedHome {
  return {
    home: path.join(folder, name),
    sources: path.join(folder, 'sources'),
    acknowledged: new Set(),
    sent: new Set(),
  };
}

function drawMoment(random: Random): (typeof MOMENTS)[number] {
  let draw = random.next() * MOMENTS.reduce((sum, { weight }) => sum + weight, 0);
  for (const moment of MOMENTS) {
    draw -= moment.weight;
    if (draw < 0) return moment;
  }
  return MOMENTS[0] as (typeof MOMENTS)[number];
}
