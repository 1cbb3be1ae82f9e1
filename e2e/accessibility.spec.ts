import { expectAccessible } from './expect-accessible.ts';
import { cards, expect, newVisitor, rows, test } from './test.ts';

const WIDTHS = [390, 820, 1440];
const THEMES = ['dark', 'light'] as const;

test.use({ bypassCSP: true, expectedErrors: /status of 404/ });

for (const theme of THEMES)
  for (const width of WIDTHS)
    test(`axe finds nothing on any page, ${theme}, ${width} px`, async ({ page, request }, testInfo) => {
      const { userIdx } = await newVisitor(request);
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 900 });
      const check = async (name: string) => {
        await expectAccessible(page, `${name} ${theme} ${width}`);
        await testInfo.attach(`${name}-${theme}-${width}`, { body: await page.screenshot(), contentType: 'image/png' });
      };

      await page.goto(`/?user=${userIdx}`);
      await expect(cards(rows(page).first()).first()).toBeVisible();
      await check('welcome');

      await page.goto('/?user=14');
      await expect(cards(rows(page).first()).first()).toBeVisible();
      const card = cards(rows(page).first()).first();
      const itemIdx = await card.getAttribute('data-card');
      await card.getByRole('link').focus();
      await check('home');
      await page.getByRole('button', { name: 'Which models answer' }).click();
      await check('home, which models answer');
      await page.keyboard.press('Escape');

      await page.goto(`/title/${itemIdx}`);
      await expect(page.getByRole('region', { name: 'More like this' })).toBeVisible();
      await check('title');

      await page.goto('/search?q=star');
      await expect(cards(page).first()).toBeVisible();
      await page.getByRole('combobox').fill('god');
      await expect(page.getByRole('option').first()).toBeInViewport({ ratio: 1 });
      await check('search');
      await page.getByRole('combobox').fill('qqqqzzzz');
      await expect(page.getByRole('status').filter({ hasText: 'No titles found.' })).toBeAttached();
      await check('search without results');

      await page.goto('/profiles');
      await expect(page.getByRole('button', { name: /^Member/ }).first()).toBeVisible();
      await check('profiles');

      // A viewer with a history.
      await request.post('/api/v1/events', {
        data: { userIdx, events: [{ eventId: crypto.randomUUID(), type: 'like', itemIdx: Number(itemIdx) }] },
      });
      await page.goto(`/me?user=${userIdx}`);
      await expect(page.getByRole('button', { name: /^Undo/ })).toBeVisible();
      await check('history');

      await page.goto('/me?part=before&user=14');
      await expect(page.getByRole('combobox', { name: 'Order' })).toBeVisible();
      await check('history before');

      await page.goto('/nowhere');
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await page.keyboard.press('?');
      await expect(page.getByRole('dialog')).toBeVisible();
      await check('not found, help');
    });
