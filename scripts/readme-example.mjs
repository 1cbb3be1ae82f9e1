/** The first example of a package's README: what a reader tries first, so it runs as it stands. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Packages that can be used without the rest of the repository, each after those it depends on. */
export const USABLE_ALONE = ['numerics', 'gbdt', 'models', 'recommender', 'client'];

/** Of these, the ones whose example talks to the server at the address in MATINEE_URL. */
export const NEEDS_SERVER = ['client'];

/** The folder of a package. */
export const folderOf = (name) => fileURLToPath(new URL(`../packages/${name}`, import.meta.url));

/** The text of the first ```ts block of a package's README. */
export function readmeExample(name) {
  const file = `packages/${name}/README.md`;
  let text;
  try {
    text = readFileSync(`${folderOf(name)}/README.md`, 'utf8');
  } catch {
    throw new Error(`${file} is not there; write one whose first \`\`\`ts block is a complete program`);
  }
  const [, example] = /^```ts\n(.*?)^```$/ms.exec(text) ?? [];
  if (example === undefined) throw new Error(`${file} has no \`\`\`ts block; show a complete program`);
  return example;
}
