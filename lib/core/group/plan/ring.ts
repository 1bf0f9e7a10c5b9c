/**
 * Members in a circle, in the order of the hash of their ids. So every member knows who watches
 * whom without a message.
 */

/** FNV-1a, 32 bits: it spreads ids that differ in one character, and takes a few lines. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
}

/** The others, from the one that follows this member around to the one before it. */
export function successorsOf(memberId: string, members: readonly string[]): readonly string[] {
  const place = (id: string) => hashOf(id);
  const ring = members
    .filter((id) => id !== memberId)
    .sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
  const own = place(memberId);
  const first = ring.findIndex((id) => place(id) > own || (place(id) === own && id > memberId));
  return first < 0 ? ring : [...ring.slice(first), ...ring.slice(0, first)];
}
