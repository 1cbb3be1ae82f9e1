/** The parameter of the address that opens the inspection of a title: `requestId.itemIdx`. */
export const INSPECT = 'inspect';
/** With it: the request that a changed one is compared with. */
export const AGAINST = 'against';
/** In place of a request id: make a request now. */
export const NEW_REQUEST = 'new';

export interface Inspected {
  readonly requestId: string;
  readonly itemIdx: number;
}

/** Returns the value of the parameter for a title of a request; of a new request without one. */
export const inspectValue = (requestId: string | undefined, itemIdx: number): string =>
  `${requestId ?? NEW_REQUEST}.${itemIdx}`;

/** Reads the parameter; undefined for anything else. */
export function parseInspect(value: string | null): Inspected | undefined {
  const [, requestId, itemIdx] = /^([\w-]{1,64})\.(\d{1,10})$/.exec(value ?? '') ?? [];
  return requestId === undefined ? undefined : { requestId, itemIdx: Number(itemIdx) };
}

/** Returns the query of an address without what is only laid over the page. */
export function withoutInspect(search: string): string {
  const parameters = new URLSearchParams(search);
  parameters.delete(INSPECT);
  parameters.delete(AGAINST);
  return parameters.toString();
}
