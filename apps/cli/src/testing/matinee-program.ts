import { fileURLToPath } from 'node:url';

/**
 * The built command line, which `build.ts` brings up to date before the tests. A process from source would spend most
 * of its time on compiling.
 */
export const MATINEE = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
