import { button, cardOf, cards, eventsOf, expect, newVisitor, rows, test } from './test.ts';

test('everything is reachable without a pointer, and Back returns to the same card', async ({ page, request }) => {
  const { userIdx } = await newVisitor(request);
  await page.goto(`/?user=${userIdx}`);
  await expect(cards(rows(page).first()).first()).toBeVisible();

  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();

  // One tab stop per row: on to the first card, then along it with the arrows.
  const firstRow = rows(page).first();
  const focusedCard = page.locator('[data-row] li[data-card]:has([data-card-link]:focus)');
  for (let presses = 0; presses < 16 && (await focusedCard.count()) === 0; presses++) await page.keyboard.press('Tab');
  await expect(cards(firstRow).first().getByRole('link')).toBeFocused();
  expect(await firstRow.locator('[data-card-link][tabindex="0"]').count()).toBe(1);
  for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight']) await page.keyboard.press(key);
  await expect(cards(firstRow).nth(3).getByRole('link')).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(rows(page).nth(1).locator('[data-card-link]:focus')).toHaveCount(1);
  await page.keyboard.press('ArrowUp');
  await expect(cards(firstRow).nth(3).getByRole('link')).toBeFocused();
  await page.keyboard.press('Home');
  await expect(cards(firstRow).first().getByRole('link')).toBeFocused();
  await page.keyboard.press('ArrowRight');

  // Give feedback and undo it.
  const card = cards(firstRow).nth(1);
  const itemIdx = (await card.getAttribute('data-card'))!;
  await page.keyboard.press('l');
  await expect(button(card, 'like')).toHaveAttribute('aria-pressed', 'true');
  await expect
    .poll(async () => (await eventsOf(request, userIdx)).filter(({ type }) => type === 'like').length)
    .toBe(1);
  await page.keyboard.press('u');
  await expect(button(card, 'like')).toHaveAttribute('aria-pressed', 'false');
  await page.keyboard.press('Tab');
  await expect(button(card, 'like')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(card.getByRole('link')).toBeFocused();

  // Open it and come back.
  const scrolled = await page.evaluate(() => window.scrollY);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`/title/${itemIdx}`);
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  await page.goBack();
  await expect(cardOf(rows(page), itemIdx).getByRole('link')).toBeFocused();
  expect(await page.evaluate(() => window.scrollY)).toBe(scrolled);
});

test('Back returns to a card far down and far along', async ({ page }) => {
  await page.goto('/?user=100');
  const row = rows(page).nth(2);
  await expect(cards(row).nth(9)).toBeAttached();
  const card = cards(row).nth(9);
  const itemIdx = (await card.getAttribute('data-card'))!;
  await card.getByRole('link').focus();
  await card.scrollIntoViewIfNeeded();
  const before = await card.boundingBox();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`/title/${itemIdx}`);
  await page.goBack();
  await expect(cardOf(rows(page), itemIdx).getByRole('link')).toBeFocused();
  await expect.poll(async () => Math.round((await card.boundingBox())!.x)).toBe(Math.round(before!.x));
  expect(Math.round((await card.boundingBox())!.y)).toBe(Math.round(before!.y));
});

test('the help lists the keys, returns the focus, and single keys can be turned off', async ({ page }) => {
  await page.goto('/?user=101');
  const first = cards(rows(page).first()).first();
  await first.getByRole('link').focus();
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(dialog).toBeVisible();
  await dialog.getByLabel('Single-key shortcuts').uncheck();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(first.getByRole('link')).toBeFocused();
  await page.keyboard.press('w');
  await page.keyboard.press('/');
  await expect(button(first, 'watched')).toHaveAttribute('aria-pressed', 'false');
  await expect(first.getByRole('link')).toBeFocused();
  await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
  await dialog.getByLabel('Single-key shortcuts').check();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await page.keyboard.press('g');
  await page.keyboard.press('e');
  await expect(page).toHaveURL('/me');
});
