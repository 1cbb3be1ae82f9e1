// Runs before the first paint, so that the page never flashes in the other theme. A file, because the page's
// Content-Security-Policy allows no inline script.
try {
  const theme = localStorage.getItem('matinee.theme');
  if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is blocked: the system's theme it is.
}
