// Bytes through a text-only channel, on every JavaScript runtime (Node's Buffer is not everywhere).

const sliceBytes = 0x8000;

export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let offset = 0; offset < bytes.length; offset += sliceBytes) {
    binary += String.fromCharCode(...bytes.subarray(offset, offset + sliceBytes));
  }
  return btoa(binary);
}

/** White space in `text` is skipped. */
export function fromBase64(text: string): Uint8Array {
  const binary = atob(text.replaceAll(/\s/g, ''));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
