let counted = 0;

export function count() {
  counted += 1;
  document.documentElement.dataset.computed = String(counted);
}
