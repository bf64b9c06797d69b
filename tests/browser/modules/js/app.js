// One of everything that a module can name another by.
import { name, count } from './circle.js';
import { text } from './part.js';

export const app = 'app';

const lazy = await import('./lazy.js');
const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
const fromWorker = await new Promise((resolve, reject) => {
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = () => reject(new Error('the worker could not start'));
});
document.title = [name, count(), text, lazy.text, fromWorker].join(' ');
