import { dep } from 'dep';

document.documentElement.dataset.scoped = dep;
