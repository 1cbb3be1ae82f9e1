// Asks for the home page's picks, and for the first poster, while the page's own script still loads. A file, because the
// page's Content-Security-Policy allows no inline script. api/early-answer.ts takes the answer.
try {
  const base = document.querySelector('meta[name="matinee-base"]')?.content ?? '';
  const key = `matinee.user${base === '' ? '' : `@${base}`}`;
  const linked = new URLSearchParams(location.search).get('user');
  const userIdx = linked ?? sessionStorage.getItem(key) ?? localStorage.getItem(key) ?? '';
  if (location.pathname === `${base}/` && /^\d{1,10}$/.test(userIdx)) {
    const path = `/api/v1/home?userIdx=${userIdx}`;
    const response = fetch(base + path, { headers: { accept: 'application/json' } });
    window.matineeEarly = { path, response };
    response
      .then((answer) => (answer.ok ? answer.clone().json() : undefined))
      .then((home) => {
        const url = home?.hero?.posterUrl;
        if (url === undefined) return;
        const poster = new Image();
        poster.fetchPriority = 'high';
        poster.src = url.startsWith(`${base}/api/v1/items/`) ? `${url}&text=0` : url;
      })
      // The page asks again, and says what is wrong.
      .catch(() => undefined);
  }
} catch {
  // Storage is blocked: the page asks by itself.
}
