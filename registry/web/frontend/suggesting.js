// Things that are called so, as the server finds them.
export async function suggested(typed, lang, kind, signal) {
  const asked = new URLSearchParams({ q: typed, limit: 8, lang, ...(kind && { kind }) });
  const answer = await fetch(`/suggest?${asked}`, { headers: { Accept: "application/json" }, signal });
  if (!answer.ok) throw new Error(`/suggest ${answer.status}`);
  return (await answer.json()).results;
}
