export declare const USABLE_ALONE: readonly string[];
export declare const NEEDS_SERVER: readonly string[];
export declare function folderOf(name: string): string;
/** @throws {Error} where the package has no README or the README no example. */
export declare function readmeExample(name: string): string;
