/** All addresses of the web app. */
export const routes = {
  home: '/',
  title: '/title/:itemIdx',
  search: '/search',
  profiles: '/profiles',
  history: '/me',
  lab: '/lab/:screen?',
} as const;

export const labPath = (screen?: string): string => (screen === undefined ? '/lab' : `/lab/${screen}`);
export const titlePath = (itemIdx: number): string => `/title/${itemIdx}`;
export const searchPath = (text: string): string => `/search?q=${encodeURIComponent(text)}`;
/** A shareable address of the home page that shows this viewer's picks. */
export const homePathOf = (userIdx: number): string => `/?user=${userIdx}`;

/** The number in an address, or undefined when the API would not accept it. */
export function parseIndex(text: string | null | undefined): number | undefined {
  if (text === null || text === undefined || !/^\d{1,10}$/.test(text)) return undefined;
  const index = Number(text);
  return index <= 2 ** 31 - 1 ? index : undefined;
}
