// The part that counts what becomes of requests, as a script of its own in front of the runtime.

import type { Parts } from '../parts.js';
import { Stats } from '../stats.js';

const global = globalThis as { keepfreshParts?: Parts };
global.keepfreshParts = { ...global.keepfreshParts, Stats };
