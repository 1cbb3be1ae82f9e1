/** Every address of the page, in one place. */
export const routes = {
  home: '/',
  title: '/title/:itemIdx',
  search: '/search',
  profiles: '/profiles',
  history: '/me',
} as const;

export const titlePath = (itemIdx: number): string => `/title/${itemIdx}`;
export const searchPath = (text: string): string => `/search?q=${encodeURIComponent(text)}`;
/** A home that can be shared: whoever opens it sees this viewer's page. */
export const homePathOf = (userIdx: number): string => `/?user=${userIdx}`;

/** A number from an address, or undefined where it is none that the API takes. */
export function parseIndex(text: string | null | undefined): number | undefined {
  if (text === null || text === undefined || !/^\d{1,10}$/.test(text)) return undefined;
  const index = Number(text);
  return index <= 2 ** 31 - 1 ? index : undefined;
}
