import type { Locator } from '@playwright/test';
import { button, cards, eventsOf, expect, give, newVisitor, openHome, rows, test } from './test.ts';

/** Contrast of an element's text with its background, by WCAG 2.2, as it looks now. Both must be opaque. */
function contrastOf(element: Locator): Promise<number> {
  return element.evaluate((node) => {
    const luminance = (color: string) => {
      const [red = 0, green = 0, blue = 0, alpha = 1] = (color.match(/[\d.]+/g) ?? []).map(Number);
      if (alpha !== 1) throw new Error(`${color} is not opaque`);
      const [r = 0, g = 0, b = 0] = [red, green, blue].map((part) => {
        const share = part / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const { color, backgroundColor } = getComputedStyle(node);
    const [light = 0, dark = 0] = [luminance(color), luminance(backgroundColor)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  });
}

for (const theme of ['dark', 'light'] as const)
  test(`a pressed button can be read while the pointer is on it, ${theme}`, async ({ page, request }) => {
    const { userIdx } = await newVisitor(request);
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await openHome(page, userIdx);
    const card = cards(rows(page).first()).first();
    await give(card, 'like');
    const like = button(card, 'like');
    await expect(like).toHaveAttribute('aria-pressed', 'true');
    expect(await like.evaluate((node) => node.matches(':hover'))).toBe(true);
    expect(await contrastOf(like)).toBeGreaterThanOrEqual(4.5);
    await card.getByRole('link').click();
    const labelled = page.locator('main [data-feedback="like"]').first();
    await labelled.hover();
    await expect(labelled).toHaveAttribute('aria-pressed', 'true');
    expect(await contrastOf(labelled)).toBeGreaterThanOrEqual(4.5);
  });

test('after a refresh every row shows its first titles, but the one in use', async ({ page, request }) => {
  const { userIdx } = await newVisitor(request);
  await openHome(page, userIdx);
  for (const index of [0, 1, 2]) await give(cards(rows(page).first()).nth(index), 'like');
  await expect
    .poll(async () => (await eventsOf(request, userIdx)).filter(({ type }) => type === 'like').length)
    .toBe(3);
  await openHome(page, userIdx);
  const lists = rows(page).locator('ul');
  await lists.evaluateAll((all) => {
    for (const list of all) list.scrollTo({ left: 700, behavior: 'instant' });
  });
  await give(cards(rows(page).first()).nth(6), 'like');
  await page.mouse.move(0, 0);
  await page.getByRole('button', { name: /new pick|Refresh picks/ }).click();
  await expect(page.getByRole('button', { name: /new pick|Refresh picks/ })).toHaveCount(0);
  const places = await lists.evaluateAll((all) => all.map((list) => list.scrollLeft));
  expect(places.length).toBeGreaterThan(2);
  expect(places).toEqual(places.map(() => 0));
});

test('a like says how many picks are new and after what, marks them, and shows what moved', async ({
  page,
  request,
}) => {
  const { userIdx } = await newVisitor(request);
  await openHome(page, userIdx);
  for (const index of [0, 1, 2]) await give(cards(rows(page).first()).nth(index), 'like');
  await expect
    .poll(async () => (await eventsOf(request, userIdx)).filter(({ type }) => type === 'like').length)
    .toBe(3);
  await openHome(page, userIdx);
  const shown = async (): Promise<string[]> =>
    cards(rows(page)).evaluateAll((all) => all.map((card) => card.getAttribute('data-card') ?? ''));
  const before = new Set(await shown());
  const card = cards(rows(page).first()).nth(1);
  const title = ((await card.getByRole('link').textContent()) ?? '').trim();
  await give(card, 'like');
  await page.mouse.move(0, 0);
  const pill = page.getByRole('button', { name: /^\d+ new picks? after / });
  await expect(pill).toContainText(`after ${title}`);
  const count = Number(/^\d+/.exec((await pill.textContent()) ?? '')?.[0]);
  await pill.click();
  const toast = page.getByRole('status').filter({ hasText: `${count} new pick` });
  await expect(toast).toBeVisible();
  const marked = await page
    .locator('[data-new]')
    .evaluateAll((all) => all.map((each) => each.closest('li')?.dataset['card'] ?? ''));
  expect(marked.length).toBeGreaterThan(0);
  expect(marked.length).toBeLessThanOrEqual(count);
  for (const itemIdx of marked) expect(before).not.toContain(itemIdx);
  await expect(
    page
      .getByText(/^\+\d+ new · because you liked /)
      .filter({ hasText: title })
      .first(),
  ).toBeVisible();
  await toast.getByRole('button', { name: 'See what changed' }).click();
  const dialog = page.getByRole('dialog', { name: 'What changed' });
  await expect(dialog).toContainText(`After ${title}.`);
  await expect(dialog.getByRole('cell', { name: 'New', exact: true })).toHaveCount(count);
  await page.keyboard.press('Escape');
  await expect(page.locator('[data-new]')).toHaveCount(0, { timeout: 12_000 });
});
