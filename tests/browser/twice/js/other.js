export const count = () => {};
