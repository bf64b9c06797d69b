// What a page is told while something goes on (server-sent events).

/** Tells a page something, again and again, until it says `isOver`. */
export function eventsTo(response) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  return (what) => {
    response.write(`data: ${JSON.stringify(what)}\n\n`);
    if (what.isOver) response.end();
  };
}
