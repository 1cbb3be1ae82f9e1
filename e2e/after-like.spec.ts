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
