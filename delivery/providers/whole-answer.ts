/** Far more than any answer needs; more than that must not fill our memory. */
const bytesAtMost = 20_000_000;

/**
 * `fetch` for the clients of Postmark and Slack. It throws unless the server that we asked gave a complete answer: what
 * a proxy, a redirect or half a response says is no answer, and the message is looked up before it is sent again.
 * - A redirect is not followed. The request would go out twice, with our token, to a server that no one configured.
 * - Both providers answer with 200. Any other 2xx (accepted, partial content) does not say what became of the request.
 * - The body is read here, under the caller's time limit, and up to a limit of its own.
 */
export const wholeAnswer = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
  const response = await fetch(input, { ...init, redirect: 'error' }).catch((error: unknown) => {
    // `fetch failed` says nothing; the cause does.
    throw error instanceof TypeError && error.cause instanceof Error ? error.cause : error;
  });
  const { status, statusText, headers } = response;
  if (response.ok && status !== 200) {
    await response.body?.cancel();
    throw new Error(`it answered with HTTP status ${status}, which does not say whether it accepted the request`);
  }
  return new Response(await readAll(response), { status, statusText, headers });
};

const readAll = async ({ body }: Response): Promise<Buffer | null> => {
  if (body === null) return null;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > bytesAtMost) throw new Error(`its answer is longer than ${bytesAtMost / 1_000_000} MB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};
