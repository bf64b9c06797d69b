import { app } from './app.js';

let calls = 0;
export const name = 'circle';
// Two copies of this module would count apart.
export const count = () => `${app}${++calls}`;
