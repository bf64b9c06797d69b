// The part that puts pages together, as a script of its own in front of the runtime.

import { compose } from '../compose.js';
import type { Parts } from '../parts.js';

const global = globalThis as { keepfreshParts?: Parts };
global.keepfreshParts = { ...global.keepfreshParts, compose };
