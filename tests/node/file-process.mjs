// A process that has a folder to itself until it is killed.

import { fileStore } from '../../pkg/node.js';

fileStore({ folder: process.argv[2] });
console.log('there');
setTimeout(() => {}, 60_000);
