interface Listed {
  readonly itemIdx: number;
}

/** Returns how many places a title rose from one list to another; undefined where it is new. */
export function moveOf(before: readonly Listed[], itemIdx: number, place: number): number | undefined {
  const earlier = before.findIndex((each) => each.itemIdx === itemIdx);
  return earlier < 0 ? undefined : earlier - place;
}

/** Returns how many titles two lists share. */
export function commonCount(a: readonly Listed[], b: readonly Listed[]): number {
  const known = new Set(a.map(({ itemIdx }) => itemIdx));
  return b.filter(({ itemIdx }) => known.has(itemIdx)).length;
}
