import { type ArgsDef, type CommandDef, type CommandMeta, renderUsage, type SubCommandsDef } from 'citty';

/**
 * Prints a command's help: citty's page with the first line of each description, then the rest of this command's
 * description (details and examples), which would not fit into citty's table.
 */
export async function showUsage<T extends ArgsDef = ArgsDef>(
  command: CommandDef<T>,
  parent?: CommandDef<T>,
): Promise<void> {
  const meta = await resolve<CommandMeta>(command.meta ?? {});
  const [, ...details] = (meta.description ?? '').split('\n');
  const page = await renderUsage(await summarise(command), parent);
  const text = details.join('\n').trim();
  process.stdout.write(`${page.trimEnd()}\n${text === '' ? '' : `\n${text}\n`}\n`);
}

/** The command with one-line descriptions, for itself and its subcommands. */
async function summarise<T extends ArgsDef>(command: CommandDef<T>): Promise<CommandDef<T>> {
  const meta = await resolve<CommandMeta>(command.meta ?? {});
  const subCommands: SubCommandsDef = {};
  for (const [name, sub] of Object.entries(await resolve<SubCommandsDef>(command.subCommands ?? {}))) {
    const resolved = await resolve<CommandDef>(sub as CommandDef | (() => Promise<CommandDef>));
    subCommands[name] = { ...resolved, meta: firstLine(await resolve<CommandMeta>(resolved.meta ?? {})) };
  }
  return {
    ...command,
    meta: firstLine(meta),
    ...(command.subCommands === undefined ? {} : { subCommands }),
  };
}

function firstLine(meta: CommandMeta): CommandMeta {
  return { ...meta, description: meta.description?.split('\n')[0] ?? '' };
}

async function resolve<T>(value: T | Promise<T> | (() => T) | (() => Promise<T>)): Promise<T> {
  return typeof value === 'function' ? (value as () => T | Promise<T>)() : value;
}
