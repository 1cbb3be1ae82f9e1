import type { HouseholdResponse, LabTrace, LabTraceItem, Profile } from '@matinee/contract';
import { expectAccessible } from './expect-accessible.ts';
import { cards, expect, homeOf, newVisitor, openHome, rows, test } from './test.ts';

const WIDTHS = [360, 820, 1440];
const THEMES = ['dark', 'light'] as const;
/** A member of the data set with a history. */
const MEMBER = 14;
/** Another one, of whom no other test says anything. */
const QUIET_MEMBER = 311;

const sheet = 'dialog[open]';
const table = (name: string) => `section[aria-label="${name}"] table`;

test('the key I lays open why a title is there, with the numbers of its own request', async ({ page, request }) => {
  await openHome(page, MEMBER);
  const card = cards(rows(page).first()).first();
  await card.getByRole('link').focus();
  await page.keyboard.press('i');
  await expect(page.locator(sheet).getByRole('heading', { level: 2, name: /^Why “/ })).toBeVisible();
  const [, requestId, itemIdx] = /inspect=([\w-]+)\.(\d+)/.exec(page.url())!;
  expect(itemIdx).toBe(await card.getAttribute('data-card'));

  // The page says what the API says.
  const trace = (await (await request.get(`/api/v1/lab/traces/${requestId}`)).json()) as LabTrace;
  const item = (await (await request.get(`/api/v1/lab/traces/${requestId}/items/${itemIdx}`)).json()) as LabTraceItem;
  const funnel = page.locator(sheet).locator(table('From the catalogue to the page')).locator('tbody tr');
  const shown = await funnel.locator('td:nth-child(2)').allInnerTexts();
  expect(shown.map((text) => Number(text.replaceAll(',', '')))).toEqual(trace.funnel.map(({ count }) => count));
  const sources = page.locator(sheet).locator(table('Found by')).locator('tbody th');
  expect(await sources.allInnerTexts()).toEqual(item.sources.map(({ name }) => name));

  await page.keyboard.press('Escape');
  await expect(page.locator(sheet)).toHaveCount(0);
  expect(page.url()).not.toContain('inspect=');
  await expect(card.getByRole('link')).toBeFocused();
});

test('a click on a reason opens the same, and the address opens it again', async ({ page }) => {
  await openHome(page, MEMBER);
  await page.locator('[data-hero] [data-inspect-open]').click();
  const heading = page.locator(sheet).getByRole('heading', { level: 2 });
  await expect(heading).toHaveText(/^Why “/);
  const text = await heading.innerText();
  await page.reload();
  await expect(heading).toHaveText(text);
});

test('what if I had not watched this: the same request without it says what changes', async ({ page }) => {
  await openHome(page, MEMBER);
  // A title with a reason of its history.
  await page
    .locator('[data-inspect-open]', { hasText: /^Because you watched/ })
    .first()
    .click();
  await page
    .locator(sheet)
    .getByRole('button', { name: /^What if I had not watched/ })
    .first()
    .click();
  await expect(page.locator(sheet).getByRole('status')).toContainText('As if you had never met');
  await expect(page.locator(sheet).getByRole('status')).toContainText('of the first 10 are others');
  await page.locator(sheet).getByRole('button', { name: 'Back to the request before' }).click();
  await expect(page.locator(sheet).getByText('As if you had never met')).toHaveCount(0);
});

test('why not that title: the stage and the rule at which it was lost', async ({ page, request }) => {
  const { requestId } = await homeOf(request, QUIET_MEMBER);
  const { history } = (await (await request.get(`/api/v1/lab/traces/${requestId}`)).json()) as LabTrace;
  const known = history.latest[0]!;
  await openHome(page, QUIET_MEMBER);
  await page.locator('[data-hero] [data-inspect-open]').click();
  const box = page.locator(sheet).getByRole('searchbox', { name: 'Title to look for in this request' });
  await box.fill(known.title.replace(/, (The|A|An)$/, ''));
  await page
    .locator(sheet)
    .getByRole('button', { name: `${known.title.replace(/^(.*), (The|A|An)$/, '$2 $1')} (${known.year})`, exact: true })
    .click();
  await expect(page.locator(sheet).getByRole('heading', { level: 2 })).toHaveText(/^Why not “/);
  await expect(page.locator('[data-outcome="rules"]')).toContainText('you have seen it');
});

test.describe('a trace that has gone', () => {
  test.use({ expectedErrors: /status of 404/ });

  test('is made again only where the viewer says so', async ({ page }) => {
    const posted: string[] = [];
    page.on('request', (sent) => {
      if (sent.method() === 'POST' && sent.url().includes('/lab/traces')) posted.push(sent.url());
    });
    await page.goto(`/?user=${MEMBER}&inspect=long-gone.3`);
    await expect(page.locator(sheet).getByRole('heading', { level: 2 })).toContainText('no longer kept');
    expect(posted).toEqual([]);
    await page.locator(sheet).getByRole('button', { name: 'Ask again' }).click();
    await expect(page.locator(sheet).getByRole('heading', { level: 2 })).toHaveText(/^Why/);
    expect(posted).toHaveLength(1);
    expect(page.url()).not.toContain('long-gone');
  });
});

test('generations stand side by side, the missing ones name the command, and the slider is in the address', async ({
  page,
}) => {
  await page.goto(`/lab/compare?user=${MEMBER}`);
  await expect(page.locator('[data-list="v1"] li')).toHaveCount(10);
  await expect(page.getByRole('article', { name: 'V4' })).toContainText('matinee train --preset v4');
  const before = await page.locator('[data-list="v1"]').innerText();
  await page.getByRole('slider').focus();
  await page.keyboard.press('Home');
  await expect(page).toHaveURL(/after=0/);
  await expect(page.locator('[data-list="v1"]')).not.toHaveText(before);
  await page.reload();
  await expect(page.getByRole('slider')).toHaveValue('0');
});

test('the tour follows one request of the viewer, which is in the address', async ({ page, request }) => {
  await page.goto(`/lab?user=${MEMBER}`);
  await page.getByRole('button', { name: 'Make a request and follow it' }).click();
  await expect(page.getByRole('heading', { name: '9. A like, and the next answer' })).toBeVisible();
  const [, requestId] = /request=([\w-]+)/.exec(page.url())!;
  const trace = (await (await request.get(`/api/v1/lab/traces/${requestId}`)).json()) as LabTrace;
  const [, allowed] = trace.funnel;
  await expect(page.getByText(`${allowed!.count.toLocaleString('en')} may be shown`)).toBeVisible();
  await page.getByRole('link', { name: 'this title from end to end' }).first().click();
  await expect(page.locator(sheet).getByRole('heading', { level: 2 })).toHaveText(/^Why/);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('heading', { name: '9. A like, and the next answer' })).toBeVisible();
});

test('the evaluation shows the quality of what is on disk, and names the command for what is not', async ({ page }) => {
  await page.goto('/lab/evaluation');
  await expect(page.locator(table('Quality by generation')).locator('tbody tr')).toHaveCount(1);
  await expect(page.getByText('There are no two generations to compare. Run: matinee train --preset v2')).toBeVisible();
  await page.getByRole('combobox', { name: 'Release' }).selectOption({ index: 0 });
  await expect(page).toHaveURL(/run=[0-9a-f]{16}/);
});

test('the pipeline lists the stages of the training in the order of running', async ({ page }) => {
  await page.goto('/lab/pipeline');
  const stages = page.locator(table('Stages')).locator('tbody th');
  await expect(stages.first()).toHaveText('hold out queries');
  await expect(page.getByText('matinee train --preset v1')).toBeVisible();
  await expect(page.getByText('No network was trained in this run')).toBeVisible();
});

test('a like appears live, and page requests are counted in the system', async ({ page, request }) => {
  await homeOf(request, MEMBER);
  await page.goto('/lab/live');
  await expect(page.getByText('Connected.')).toBeVisible();
  const { userIdx } = await newVisitor(request);
  await request.post('/api/v1/events', {
    data: { userIdx, events: [{ eventId: crypto.randomUUID(), type: 'like', itemIdx: 7 }] },
  });
  const events = page.locator(table('Events'));
  await expect(events.getByRole('link', { name: 'title 7', exact: true }).first()).toBeVisible();
  await page.getByRole('link', { name: 'System' }).click();
  await expect(page.locator(table('Stage')).getByRole('rowheader', { name: 'retrieve' })).toBeVisible();
});

test('a table can be saved as CSV', async ({ page }) => {
  await page.goto(`/lab/compare?user=${MEMBER}`);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save as CSV: Shares of genres' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('genres.csv');
});

test('a kids profile is offered no Lab', async ({ page, request }) => {
  const household = (await (await request.post('/api/v1/households', { data: {} })).json()) as HouseholdResponse;
  const profiles = `/api/v1/households/${household.householdId}/profiles`;
  const kim = (await (await request.post(profiles, { data: { name: 'Kim', isKids: true } })).json()) as Profile;
  await request.post(`/api/v1/profiles/${kim.profileId}/session`, { data: {} });
  await openHome(page, kim.userIdx);
  await expect(page.getByRole('link', { name: 'Lab', exact: true })).toHaveCount(0);
  await expect(page.locator('[data-inspect-open]')).toHaveCount(0);
  await cards(rows(page).first()).first().getByRole('link').focus();
  await page.keyboard.press('i');
  await page.goto('/lab/compare');
  await expect(page.getByText('The Lab is not open to this profile.')).toBeVisible();
});

test.describe('axe', () => {
  test.use({ bypassCSP: true });

  for (const theme of THEMES)
    for (const width of WIDTHS)
      test(`finds nothing in the Lab, ${theme}, ${width} px`, async ({ page }) => {
        await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
        await page.setViewportSize({ width, height: 900 });
        const check = (name: string) => expectAccessible(page, `${name} ${theme} ${width}`);
        await openHome(page, MEMBER);
        await page.locator('[data-hero] [data-inspect-open]').click();
        await expect(page.locator(sheet).getByRole('heading', { level: 2 })).toHaveText(/^Why “/);
        await check('inspect');
        await page.goto(`/lab/compare?user=${MEMBER}`);
        await expect(page.locator('[data-list="v1"] li')).toHaveCount(10);
        await check('compare');
        for (const [screen, heading] of [
          ['evaluation', 'Quality by generation'],
          ['pipeline', 'Stages'],
          ['live', 'Now'],
          ['system', 'This process'],
        ] as const) {
          await page.goto(`/lab/${screen}?user=${MEMBER}`);
          await expect(page.getByRole('heading', { name: heading, exact: true })).toBeVisible();
          await check(screen);
        }
        await page.goto(`/lab/tour?user=${MEMBER}`);
        await page.getByRole('button', { name: 'Make a request and follow it' }).click();
        await expect(page.getByRole('heading', { name: '9. A like, and the next answer' })).toBeVisible();
        await check('tour');
      });
});
