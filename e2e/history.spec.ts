import { readingForm, titlesRatedBy } from './ratings.ts';
import { expect, homeOf, newVisitor, test } from './test.ts';

test('the history of a member has every title that the data set knows, and what is a reason now', async ({
  page,
  request,
}) => {
  const members = (await (await request.get('/api/v1/users?query=8')).json()) as {
    users: { userIdx: number; userId: string }[];
  };
  const { userIdx } = members.users.find(({ userId }) => userId === '8')!;
  const rated = new Set([...titlesRatedBy('8')].map(readingForm));
  await page.goto(`/me?user=${userIdx}`);
  await expect(page.getByRole('heading', { name: 'Your taste' })).toBeVisible();
  await page.getByRole('link', { name: `Before Matinee · ${titlesRatedBy('8').size}` }).click();
  const entries = page.getByRole('main').getByRole('list').last().getByRole('listitem');
  await expect(entries.first()).toBeVisible();
  for (const title of await entries.getByRole('link').allTextContents()) expect(rated).toContain(title);
  await expect(entries.first()).toContainText(/Rated \d\.\d/);
  await page.getByRole('combobox', { name: 'Order' }).selectOption('rating');
  await expect(entries.first()).toContainText('Rated 5.0');

  const home = await homeOf(request, userIdx);
  const named = home.rows
    .flatMap(({ items }) => items)
    .flatMap(({ why }) => (why?.code === 'because_you_watched' ? [why.params.title ?? ''] : []));
  expect(named.length).toBeGreaterThan(0);
  const more = page.getByRole('button', { name: 'Show older' });
  while ((await more.count()) > 0) {
    const before = await entries.count();
    await more.click();
    await expect.poll(() => entries.count()).toBeGreaterThan(before);
  }
  expect(await entries.count()).toBe(titlesRatedBy('8').size);
  const marked = await entries
    .filter({ hasText: /Reason for \d+ picks? now/ })
    .getByRole('link')
    .allTextContents();
  expect(marked.length).toBeGreaterThan(0);
});

test('a visitor has no history before Matinee', async ({ page, request }) => {
  const { userIdx } = await newVisitor(request);
  await page.goto(`/me?user=${userIdx}`);
  await expect(page.getByText('Nothing yet.')).toBeVisible();
  await expect(page.getByRole('link', { name: /^Before Matinee/ })).toHaveCount(0);
});
