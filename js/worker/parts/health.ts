// The part of a worker that takes a version back whose pages do not say that they are well.

import { instead } from '../health.js';
import type { Parts } from '../parts.js';

const world = globalThis as unknown as { keepfreshParts?: Parts };
world.keepfreshParts = { ...world.keepfreshParts, instead };
