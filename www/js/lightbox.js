// One picture at a time, in a dialog: arrow keys and buttons lead to the next, Escape closes it.

import { element } from './words.js';

let box;

/** Shows the picture that `links[index]` leads to. */
export function open(links, index) {
  box ??= make();
  let current = index;
  const step = (by) => show(links[(current = (current + by + links.length) % links.length)]);
  box.previous.onclick = () => step(-1);
  box.next.onclick = () => step(1);
  box.dialog.onkeydown = (event) => {
    if (event.key === 'ArrowLeft') step(-1);
    if (event.key === 'ArrowRight') step(1);
  };
  show(links[current]);
  box.dialog.showModal();
}

function show(link) {
  const thumbnail = link.querySelector('img');
  box.image.src = link.href;
  box.image.alt = thumbnail.alt;
  box.title.textContent = link.dataset.picture;
}

function make() {
  const dialog = element('dialog', 'lightbox');
  const image = document.createElement('img');
  const title = element('p');
  const [previous, next, close] = ['Previous', 'Next', 'Close'].map((text) => element('button', '', text));
  previous.type = next.type = 'button';
  const form = document.createElement('form');
  form.method = 'dialog';
  form.append(title, previous, next, close);
  dialog.append(image, form);
  // A click beside the picture closes it, as people expect.
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  return { dialog, image, next, previous, title };
}
