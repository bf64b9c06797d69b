// A process that has a folder to itself until it is killed.

import { fileStore } from '../../pkg/node.js';

const [, , folder, at] = process.argv;
// All in the same moment.
while (Date.now() < Number(at ?? 0)) continue;
fileStore({ folder });
console.log('there');
setTimeout(() => {}, 60_000);
