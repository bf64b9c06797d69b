// What this tab has had the worker look for already.

/** So that what no version has is not looked for by every page. */
const ASKED = 'keepfresh:healed';
const MOST = 100;

/** Whether a URL has not been asked for; from now on it has. */
export function isNew(url: string): boolean {
  try {
    const asked: string[] = JSON.parse(sessionStorage.getItem(ASKED) ?? '[]');
    if (asked.includes(url)) return false;
    sessionStorage.setItem(ASKED, JSON.stringify([...asked, url].slice(-MOST)));
    return true;
  } catch {
    return false; // Where nothing can be remembered, nothing is done over and over.
  }
}
