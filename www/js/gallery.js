// The gallery: opens pictures in a dialog. The dialog's code is fetched when the first picture is wanted, and the links
// lead to the pictures without it.

const links = [...document.querySelectorAll('[data-picture]')];

for (const [index, link] of links.entries()) {
  link.addEventListener('click', (event) => {
    // With a modifier the visitor wants a new tab.
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    import('./lightbox.js').then(
      (lightbox) => lightbox.open(links, index),
      () => location.assign(link.href),
    );
  });
}
