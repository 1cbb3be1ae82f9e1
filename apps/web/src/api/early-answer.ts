/** An answer that public/early.js asked for before the page's script had loaded. */
interface EarlyAnswer {
  readonly path: string;
  readonly response: Promise<Response>;
}

/** Returns the answer to this path if it was asked for early, once; later requests ask anew. */
export function takeEarlyAnswer(path: string): Promise<Response> | undefined {
  const holder = window as { matineeEarly?: EarlyAnswer };
  if (holder.matineeEarly?.path !== path) return undefined;
  const { response } = holder.matineeEarly;
  delete holder.matineeEarly;
  return response;
}
