// The part that keeps budgets, as a script of its own in front of the runtime.

import { Ledger } from '../ledger.js';
import type { Parts } from '../parts.js';

const global = globalThis as { keepfreshParts?: Parts };
global.keepfreshParts = { ...global.keepfreshParts, Ledger };
