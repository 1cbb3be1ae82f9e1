import { rmSync } from 'node:fs';

/** Removes what the server made for this run. */
export default function removeHome(): void {
  const home = process.env['MATINEE_E2E_HOME'];
  if (home) rmSync(home, { recursive: true, force: true });
}
