// The part that keeps requests for when there is a network, as a script of its own in front of the runtime.

import { Queue } from '../queue.js';
import type { Parts } from '../parts.js';

const global = globalThis as { keepfreshParts?: Parts };
global.keepfreshParts = { ...global.keepfreshParts, Queue };
