// A kitchen clock: three hands of an SVG, and the same time in digits below it.

/** Sets the hands of `clock`, a figure, to `time`; a clock without a time keeps its hands at twelve. */
export function showTime(clock, time) {
  const label = clock.querySelector('time');
  if (!time) {
    label.textContent = 'not known';
    return;
  }
  const minutes = time.getMinutes() + time.getSeconds() / 60;
  turn(clock, 'hours', ((time.getHours() % 12) + minutes / 60) * 30);
  turn(clock, 'minutes', minutes * 6);
  turn(clock, 'seconds', time.getSeconds() * 6);
  label.dateTime = time.toISOString();
  label.textContent = time.toLocaleTimeString(undefined, { hour12: false });
}

/** Through the object model: a strict content security policy forbids `style` attributes, not this. */
function turn(clock, hand, degrees) {
  clock.querySelector(`.${hand}`).style.transform = `rotate(${degrees}deg)`;
}
