const maxNameLength = 200;
/** Control characters, and those that change the direction of a text and so hide the end of a name. */
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Returns the name of a file without folders and characters that hide its end. */
export function cleanName(given: string): string {
  const base = given.slice(-4096).split(/[/\\]/).at(-1) ?? "";
  const plain = base.replace(hidden, "").trim();
  const name = [...plain].slice(-maxNameLength).join("");
  return name === "" || /^\.+$/.test(name) ? "file" : name;
}

/** Returns a media type without parameters; that of unknown bytes for one that is malformed. */
export function cleanType(given: string): string {
  const [type = ""] = given.toLowerCase().split(";", 1);
  return /^[a-z]{1,20}\/[a-z0-9.+-]{1,80}$/.test(type.trim()) ? type.trim() : "application/octet-stream";
}

/** Types that browsers show without executing anything. */
const inlineTypes = new Set([
  ..."png jpeg gif webp avif".split(" ").map((name) => `image/${name}`),
  ..."mpeg ogg wav flac mp4 aac webm x-wav".split(" ").map((name) => `audio/${name}`),
  ..."mp4 webm ogg".split(" ").map((name) => `video/${name}`),
]);

/** Returns the headers by which a browser shows or downloads a file. */
export function headersFor(name: string, type: string): Record<string, string> {
  const isText = type === "text/plain";
  const isInline = isText || inlineTypes.has(type);
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/g, "_");
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  );
  return {
    "content-type": isText ? "text/plain; charset=utf-8" : isInline ? type : "application/octet-stream",
    "content-disposition": `${isInline ? "inline" : "attachment"}; filename="${ascii}"; filename*=UTF-8''${encoded}`,
  };
}
