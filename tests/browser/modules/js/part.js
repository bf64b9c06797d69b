export const text = 'part';
