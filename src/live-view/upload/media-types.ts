import { lookup, mimes } from 'mrmime'

// mrmime leaves out what IANA registers for vendors, and what is not registered: but people upload just those files.
// Source: IANA media types; for `x-` types what browsers call the files.
const MORE: Readonly<Record<string, string>> = {
  '3ds': 'image/x-3ds',
  '7z': 'application/x-7z-compressed',
  abw: 'application/x-abiword',
  aiff: 'audio/x-aiff',
  apk: 'application/vnd.android.package-archive',
  arc: 'application/x-freearc',
  arw: 'image/x-sony-arw',
  avi: 'video/x-msvideo',
  azw: 'application/vnd.amazon.ebook',
  bib: 'application/x-bibtex',
  bz: 'application/x-bzip',
  bz2: 'application/x-bzip2',
  cbr: 'application/vnd.comicbook-rar',
  cbz: 'application/vnd.comicbook+zip',
  cr2: 'image/x-canon-cr2',
  csh: 'application/x-csh',
  dmg: 'application/x-apple-diskimage',
  dng: 'image/x-adobe-dng',
  docm: 'application/vnd.ms-word.document.macroenabled.12',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  dotx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.template',
  dwg: 'image/vnd.dwg',
  dxf: 'image/vnd.dxf',
  eot: 'application/vnd.ms-fontobject',
  flac: 'audio/flac',
  flv: 'video/x-flv',
  ico: 'image/vnd.microsoft.icon',
  ipynb: 'application/x-ipynb+json',
  key: 'application/vnd.apple.keynote',
  kml: 'application/vnd.google-earth.kml+xml',
  kmz: 'application/vnd.google-earth.kmz',
  m3u8: 'application/vnd.apple.mpegurl',
  mdb: 'application/vnd.ms-access',
  mkv: 'video/matroska',
  mobi: 'application/x-mobipocket-ebook',
  mpkg: 'application/vnd.apple.installer+xml',
  msg: 'application/vnd.ms-outlook',
  nef: 'image/x-nikon-nef',
  numbers: 'application/vnd.apple.numbers',
  odg: 'application/vnd.oasis.opendocument.graphics',
  odp: 'application/vnd.oasis.opendocument.presentation',
  ods: 'application/vnd.oasis.opendocument.spreadsheet',
  odt: 'application/vnd.oasis.opendocument.text',
  pages: 'application/vnd.apple.pages',
  parquet: 'application/vnd.apache.parquet',
  php: 'application/x-httpd-php',
  ppt: 'application/vnd.ms-powerpoint',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  psd: 'image/vnd.adobe.photoshop',
  pub: 'application/vnd.ms-publisher',
  rar: 'application/vnd.rar',
  sh: 'application/x-sh',
  sqlite: 'application/vnd.sqlite3',
  step: 'model/step',
  swf: 'application/vnd.adobe.flash.movie',
  tar: 'application/x-tar',
  tex: 'application/x-tex',
  torrent: 'application/x-bittorrent',
  vcf: 'text/vcard',
  vsd: 'application/vnd.visio',
  wmv: 'video/x-ms-wmv',
  xls: 'application/vnd.ms-excel',
  xlsm: 'application/vnd.ms-excel.sheet.macroenabled.12',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
}

/** The MIME type of files with this extension: `.jpg`, in lower case. @returns `undefined` for one that nobody knows. */
export function typeOfExtension(extension: string): string | undefined {
  const name = extension.slice(1)
  return lookup(name) ?? (Object.hasOwn(MORE, name) ? MORE[name] : undefined)
}

/** Whether it is a MIME type that files have: in lower case, without parameters. */
export function isKnownType(type: string): boolean {
  return Object.values(mimes).includes(type) || Object.values(MORE).includes(type)
}
