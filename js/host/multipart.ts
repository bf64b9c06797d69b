// Several parts of a body in one answer: `multipart/byteranges` (RFC 9110, section 14.6).

/** The parts that the `Content-Range` of a head names; the head is that of them all then. */
export function apart(bytes: Blob, headers: Headers): Blob {
  const boundary = crypto.randomUUID();
  const type = headers.get('content-type');
  const parts = headers.get('content-range')!.split(', ');
  const pieces = parts.flatMap((range) => {
    const [first, last] = range.slice('bytes '.length).split(/[-/]/).map(Number) as [number, number];
    const head = `${type ? `content-type: ${type}\r\n` : ''}content-range: ${range}\r\n\r\n`;
    return [`\r\n--${boundary}\r\n${head}`, bytes.slice(first, last + 1)];
  });
  const all = new Blob([...pieces, `\r\n--${boundary}--\r\n`]);
  headers.delete('content-range');
  headers.set('content-type', `multipart/byteranges; boundary=${boundary}`);
  headers.set('content-length', String(all.size));
  return all;
}
