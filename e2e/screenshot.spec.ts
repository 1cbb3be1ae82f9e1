import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cards, expect, openHome, rows, test } from './test.ts';

const file = fileURLToPath(new URL('../docs/screenshot-home.jpg', import.meta.url));
const labFile = fileURLToPath(new URL('../docs/screenshot-lab.jpg', import.meta.url));
/** Small enough for readers of the README with slow connections. */
const MAX_BYTES = 300 * 1024;

test('the home of a member, dark, 1440 px wide', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  await page.setViewportSize({ width: 1440, height: 1180 });
  await openHome(page, 298);
  await page.waitForLoadState('networkidle');
  await cards(rows(page).first()).nth(2).hover();
  await page.screenshot({ path: file, type: 'jpeg', quality: 88 });
  expect(statSync(file).size).toBeLessThanOrEqual(MAX_BYTES);
});

test('the request behind a title, dark, 1440 px wide', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  await page.setViewportSize({ width: 1440, height: 900 });
  await openHome(page, 298);
  await page.locator('[data-hero] [data-inspect-open]').click();
  await page.locator('dialog[open]').getByRole('heading', { level: 2, name: /^Why/ }).waitFor();
  await page.screenshot({ path: labFile, type: 'jpeg', quality: 85 });
  expect(statSync(labFile).size).toBeLessThanOrEqual(MAX_BYTES);
});
