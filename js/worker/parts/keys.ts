// The part that keeps apart what a URL alone would mix up, as a script of its own in front of the runtime.

import { Keys } from '../keys.js';
import type { Parts } from '../parts.js';

const global = globalThis as { keepfreshParts?: Parts };
global.keepfreshParts = { ...global.keepfreshParts, Keys };
