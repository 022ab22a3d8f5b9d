/* Knows a file again by its size and by its beginning, middle and end, whatever its name is today. */
(function () {
  "use strict";
  const Uploads = window.Uploads = window.Uploads || {};
  const PART = 64 * 1024;

  Uploads.bytes = (blob) => new Promise((done, fail) => {
    const reader = new FileReader();
    reader.onload = () => done(new Uint8Array(reader.result));
    reader.onerror = () => fail(reader.error);
    reader.readAsArrayBuffer(blob);
  });
  /* Two 32-bit hashes with multiplication by odd constants; no crypto, which plain http lacks. */
  function mixed(bytes, seed) {
    let a = 0xdeadbeef ^ seed, b = 0x41c6ce57 ^ seed;
    for (let i = 0; i < bytes.length; i += 1) {
      a = Math.imul(a ^ bytes[i], 2654435761);
      b = Math.imul(b ^ bytes[i], 1597334677);
    }
    a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
    b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
    return (a >>> 0).toString(16).padStart(8, "0") + (b >>> 0).toString(16).padStart(8, "0");
  }
  Uploads.fingerprint = (file) => {
    const middle = Math.max(0, Math.floor(file.size / 2) - PART / 2);
    const parts = [file.slice(0, PART), file.slice(middle, middle + PART), file.slice(Math.max(0, file.size - PART))];
    return Uploads.bytes(new Blob(parts)).then((bytes) => "1-" + file.size + "-" + mixed(bytes, 1) + mixed(bytes, 2));
  };
})();
