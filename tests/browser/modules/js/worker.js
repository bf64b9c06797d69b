import { text } from './part.js';

postMessage(`worker-${text}`);
