/** The address of a generated poster. */
const GENERATED = /\/api\/v1\/items\/\d+\/poster\?/;

/**
 * Returns the address of a poster without lettering: the page names the title beside it. A poster of one's own stays.
 */
export const artOf = (posterUrl: string): string => (GENERATED.test(posterUrl) ? `${posterUrl}&text=0` : posterUrl);
