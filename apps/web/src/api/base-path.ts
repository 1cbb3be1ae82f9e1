/**
 * The path below which the server answers, such as `/matinee`; empty where it has the host for itself. The server
 * writes it into `index.html`.
 */
export const basePath = document.querySelector<HTMLMetaElement>('meta[name="matinee-base"]')?.content ?? '';
