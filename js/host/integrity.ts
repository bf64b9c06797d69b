// Subresource Integrity of what comes out of a cache: whoever asks for bytes with a digest is given these or none (Fetch, "main
// fetch"), wherever they were stored.

/**
 * A response with the same bytes, if their digest is among those of `integrity`. The platform knows how to tell.
 *
 * @throws TypeError if it is not.
 */
export async function checked(response: Response, integrity: string): Promise<Response> {
  const body = await response.blob();
  const url = URL.createObjectURL(body);
  try {
    await (await fetch(url, { integrity })).arrayBuffer();
  } finally {
    URL.revokeObjectURL(url);
  }
  return new Response(body.stream(), response);
}
