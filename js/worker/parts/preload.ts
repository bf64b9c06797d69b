// The part that takes the browser's own answer to a navigation, as a script of its own in front of the runtime.

import type { Parts } from '../parts.js';
import * as preload from '../preload.js';

const global = globalThis as { keepfreshParts?: Parts };
global.keepfreshParts = { ...global.keepfreshParts, preload };
