import type { StatusResponse } from '@matinee/contract';
import type { Page } from '@playwright/test';
import { expect, newVisitor, openHome, test } from './test.ts';

type StreamEvent = readonly [topic: 'training' | 'release', data: object];

/** Sends the page these events as the server's stream would. */
async function sendEvents(page: Page, ...events: readonly StreamEvent[]): Promise<void> {
  const body = events.map(([topic, data]) => `event: ${topic}\ndata: ${JSON.stringify(data)}\n\n`).join('');
  await page.route('**/api/v1/stream?*', (route) =>
    route.fulfill({ contentType: 'text/event-stream', body: `retry: 600000\n\n${body}` }),
  );
}

async function changeStatus(page: Page, change: (status: StatusResponse) => Partial<StatusResponse>): Promise<void> {
  await page.route('**/api/v1/status', async (route) => {
    const response = await route.fetch();
    const status = (await response.json()) as StatusResponse;
    await route.fulfill({ response, json: { ...status, ...change(status) } });
  });
}

const comparison = (later: number, low: number, high: number) => ({
  against: 'v1',
  users: 120,
  queries: 480,
  earlier: 0.0987,
  later,
  difference: { value: later - 0.0987, low, high },
});

test('the bar says which generation answers, what is being learned and how far', async ({ page, request }) => {
  const { userIdx } = await newVisitor(request);
  await sendEvents(page, [
    'training',
    { generation: 'v2', stage: 'fit ease', done: 1720, total: 4096, status: 'running' },
  ]);
  await openHome(page, userIdx);
  const chip = page.getByRole('button', { name: 'Which models answer' });
  await expect(chip).toContainText('V1');
  await expect(chip).toContainText('learning V2');
  await expect(chip).toContainText('42%');
  await chip.click();
  const dialog = page.getByRole('dialog', { name: 'V1 answers' });
  await expect(dialog).toContainText(/NDCG@10 of 0\.\d{3} \(95 % interval .+\) on \d+ people/);
  await expect(dialog).toContainText('Step: fit ease, 42% of it');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
});

test('a generation that takes over says by how much it is better, and what it changes', async ({ page, request }) => {
  await sendEvents(page, ['release', { version: 'later', generation: 'v2', metrics: {} }]);
  await changeStatus(page, () => ({
    takeovers: [
      { generation: 'v2', takesOver: true, at: new Date().toISOString(), comparison: comparison(0.1121, 0.004, 0.022) },
    ],
  }));
  let isLater = false;
  await page.route('**/api/v1/home?*', async (route) => {
    const response = await route.fetch();
    const home = await response.json();
    const rows = isLater
      ? home.rows.map((row: { items: object[] }) => ({ ...row, items: row.items.toReversed() }))
      : home.rows;
    await route.fulfill({ response, json: { ...home, rows, version: isLater ? 'later' : 'earlier' } });
    isLater = true;
  });
  const { userIdx } = await newVisitor(request);
  await openHome(page, userIdx);
  const toast = page.getByRole('status').filter({ hasText: 'V2 answers now: NDCG@10 0.099 → 0.112.' });
  await expect(toast).toBeVisible();
  await toast.getByRole('button', { name: 'See what changed' }).click();
  const dialog = page.getByRole('dialog', { name: 'What changed' });
  await expect(dialog).toContainText('V2 answers now.');
  const first = dialog.getByRole('table').first().getByRole('row').nth(1);
  await expect(first.getByRole('cell').nth(0)).toHaveText('20');
  await expect(first.getByRole('cell').nth(1)).toHaveText('1');
});

test('a generation that was trained and is not used says so and why', async ({ page, request }) => {
  await sendEvents(page, ['training', { generation: 'v3', stage: 'ready', done: 1, total: 1, status: 'done' }]);
  await changeStatus(page, () => ({
    takeovers: [
      {
        generation: 'v3',
        takesOver: false,
        at: new Date().toISOString(),
        comparison: comparison(0.0967, -0.006, 0.002),
      },
    ],
  }));
  const { userIdx } = await newVisitor(request);
  await openHome(page, userIdx);
  await expect(
    page
      .getByRole('status')
      .filter({ hasText: 'V3 was trained and is not used: NDCG@10 −0.002, not shown to be better.' }),
  ).toBeVisible();
  await page.getByRole('button', { name: 'Which models answer' }).click();
  const dialog = page.getByRole('dialog', { name: 'V1 answers' });
  await expect(dialog).toContainText('V3 was trained and is not used');
  await expect(dialog).toContainText('−0.002, 95 % interval −0.006 to +0.002, on the same 120 people.');
});
