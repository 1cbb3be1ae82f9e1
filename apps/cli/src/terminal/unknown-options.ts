import type { ArgsDef, CommandDef, SubCommandsDef } from 'citty';

/** Options of citty itself. */
const BUILT_IN = ['help', 'version'];

/**
 * Returns the first option on the command line that its command does not have, and the options that it has. citty
 * ignores unknown options, so a misspelt one would silently mean the default.
 */
export async function findUnknownOption(
  main: CommandDef,
  rawArgs: readonly string[],
): Promise<{ readonly option: string; readonly known: readonly string[] } | undefined> {
  let command: CommandDef = main;
  for (const [position, word] of rawArgs.entries()) {
    if (word === '--') return undefined;
    if (word.startsWith('--')) {
      const name = word.slice(2).split('=')[0] as string;
      const known = Object.keys((await resolve(command.args ?? {})) as ArgsDef);
      if (!isKnown(name, known)) return { option: `--${name}`, known: known.map((each) => `--${each}`) };
    } else if (position === 0 || !rawArgs[position - 1]?.startsWith('-')) {
      const subCommands = (await resolve(command.subCommands ?? {})) as SubCommandsDef;
      const sub = subCommands[word];
      if (sub !== undefined) command = (await resolve(sub)) as CommandDef;
    }
  }
  return undefined;
}

function isKnown(name: string, known: readonly string[]): boolean {
  const plain = (text: string): string => text.replaceAll('-', '').toLowerCase();
  return [...known, ...BUILT_IN].some((each) => plain(each) === plain(name) || plain(`no${each}`) === plain(name));
}

async function resolve(value: unknown): Promise<unknown> {
  return typeof value === 'function' ? (value as () => unknown)() : value;
}
