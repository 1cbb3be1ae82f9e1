declare const meaning: unique symbol;

/**
 * An integer branded with what it counts. A plain number, such as one from a typed array, is assignable to every brand;
 * no brand is assignable to another. See docs/decisions/0019-indices-that-cannot-be-exchanged.md.
 */
export type IndexOf<What extends string> = number & { readonly [meaning]?: What };

/** Position of an item in `Catalogue.vocabulary`, from 0. */
export type ItemIndex = IndexOf<'item of the catalogue'>;

/** Position of a user among the users of the dataset, from 0; −1 for a visitor. */
export type UserIndex = IndexOf<'user of the dataset'>;

/** The number by which the API knows a user: a dataset's user by {@link UserIndex}, a visitor from 2³⁰ up. */
export type UserIdx = IndexOf<'user of the API'>;
