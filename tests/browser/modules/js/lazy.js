import { text as part } from './part.js';

export const text = `lazy-${part}`;
