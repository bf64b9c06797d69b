// The part that keeps in memory what was read, as a script of its own in front of the runtime.

import { withMemory } from '../memory.js';
import type { Parts } from '../parts.js';

const global = globalThis as { keepfreshParts?: Parts };
global.keepfreshParts = { ...global.keepfreshParts, withMemory };
