import { count } from './store.js';
import { count as ofPrefixed } from '../lib/prefixed.js';
import './scoped.js';
import 'exact';

const one = (module) => module.count();
const name = ['comp', 'uted'].join('');

count();
ofPrefixed();
import(`./${name}.js`).then(one);
import('./computed.js').then(one);
import(import.meta.resolve('./store.js')).then(one);
import(location.hash ? './other.js' : './store.js').then(one);
