import { expect, rows, test, viewerLink } from './test.ts';

// Wrong PINs get a 403 response, which the browser logs as an error.
test.use({ expectedErrors: /403/ });

test('a household shows its kids only suitable titles, and protects its adult with a PIN', async ({ page }) => {
  await page.goto('/profiles');
  const add = async (name: string, fill: { pin?: string; kids?: boolean }) => {
    await page.getByRole('button', { name: 'New profile' }).click();
    const dialog = page.getByRole('dialog', { name: 'New profile' });
    await dialog.getByLabel('Name').fill(name);
    if (fill.pin !== undefined) await dialog.getByLabel(/^PIN/).fill(fill.pin);
    if (fill.kids === true) await dialog.getByLabel('For kids').check();
    await dialog.getByRole('button', { name: 'Create' }).click();
    await expect(dialog).toBeHidden();
  };
  const hint = page.getByRole('note');
  await add('Kim', { kids: true });
  await expect(hint).toContainText('Without a profile of an adult with a PIN, a child can add profiles here.');
  await add('Bob', {});
  await expect(hint).toContainText('Bob has no PIN: a child can choose it');
  await add('Ann', { pin: '2468' });
  await expect(hint).toContainText('Bob has no PIN');

  await page.getByRole('button', { name: /Ann/ }).click();
  const pin = page.getByRole('dialog', { name: 'PIN of Ann' });
  await pin.getByLabel('PIN').fill('1111');
  await pin.getByRole('button', { name: 'Enter' }).click();
  await expect(pin.getByRole('alert')).toHaveText('This is not the PIN. Try again.');
  await expect(pin.getByRole('alert')).toHaveCSS('color', 'rgb(177, 32, 26)');
  await expect(pin.getByLabel('PIN')).toBeFocused();
  await pin.getByLabel('PIN').fill('2468');
  await pin.getByRole('button', { name: 'Enter' }).click();
  await expect(viewerLink(page)).toContainText('Ann');
  await expect(rows(page).first()).toBeVisible();

  await page.goto('/profiles');
  await expect(page.getByRole('heading', { name: 'Everybody else' })).toBeVisible();
  await page.getByRole('button', { name: /Kim/ }).click();
  await expect(viewerLink(page)).toContainText('Kim');
  await expect(viewerLink(page).getByText('Kids', { exact: true })).toBeVisible();
  // How titles are chosen is for adults.
  await expect(page.getByRole('button', { name: 'Which models answer' })).toHaveCount(0);
  await expect(rows(page).first()).toBeVisible();
  await page.getByRole('combobox').fill('pulp fiction');
  await expect(page.getByText('Pulp Fiction')).toHaveCount(0);
  await page.getByRole('combobox').fill('toy story');
  await expect(page.getByRole('option', { name: /Toy Story/ }).first()).toBeVisible();

  await page.goto('/profiles');
  await expect(page.getByRole('button', { name: /Kim/ })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Everybody else' })).toHaveCount(0);
});
