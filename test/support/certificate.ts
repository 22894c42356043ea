import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TlsOptions } from '../../src/endpoint/options.ts'

// A certificate for localhost that vouches for itself, made here so that tests need neither a tool nor a file that expires.
// X.509 in DER (RFC 5280): every value is a tag, a length and its bytes.

const SEQUENCE = 0x30
const SET = 0x31
const INTEGER = 0x02
const BIT_STRING = 0x03
const OID = 0x06
const UTF8_STRING = 0x0c
const GENERALIZED_TIME = 0x18
const OCTET_STRING = 0x04
/** `[0]` and `[3]` of a certificate: its version, its extensions. */
const VERSION = 0xa0
const EXTENSIONS = 0xa3
/** Of a subject's alternative names: a DNS name, an address. */
const DNS_NAME = 0x82
const IP_ADDRESS = 0x87

const ECDSA_WITH_SHA256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]
const COMMON_NAME = [0x55, 0x04, 0x03]
const SUBJECT_ALT_NAME = [0x55, 0x1d, 0x11]

function der(tag: number, ...parts: readonly (Buffer | readonly number[] | string)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part as string)))
  const { length } = content
  const long = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...long]), content])
}

function name(common: string): Buffer {
  return der(SEQUENCE, der(SET, der(SEQUENCE, der(OID, COMMON_NAME), der(UTF8_STRING, common))))
}

function toBeSigned(publicKey: KeyObject): Buffer {
  const validity = der(SEQUENCE, der(GENERALIZED_TIME, '20200101000000Z'), der(GENERALIZED_TIME, '20991231235959Z'))
  const names = der(SEQUENCE, der(DNS_NAME, 'localhost'), der(IP_ADDRESS, [127, 0, 0, 1]))
  const extension = der(SEQUENCE, der(OID, SUBJECT_ALT_NAME), der(OCTET_STRING, names))
  return der(
    SEQUENCE,
    der(VERSION, der(INTEGER, [2])), // counted from 0: version 3
    der(INTEGER, [1]),
    der(SEQUENCE, der(OID, ECDSA_WITH_SHA256)),
    name('localhost'),
    validity,
    name('localhost'),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(EXTENSIONS, der(SEQUENCE, extension)),
  )
}

/** A key and its certificate, as PEM. @param passphrase - locks the key. */
export function selfSigned(passphrase?: string): { readonly key: string; readonly cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const body = toBeSigned(publicKey)
  const signature = sign('sha256', body, privateKey)
  const algorithm = der(SEQUENCE, der(OID, ECDSA_WITH_SHA256))
  const certificate = der(SEQUENCE, body, algorithm, der(BIT_STRING, [0], signature))
  const base64 = (certificate.toString('base64').match(/.{1,64}/g) ?? []).join('\n')
  const locked = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase }
  return {
    key: String(privateKey.export({ type: 'pkcs8', format: 'pem', ...locked })),
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
  }
}

/** Writes a key and its certificate into a folder. */
export function tlsFiles(folder: string, passphrase?: string): TlsOptions {
  const { key, cert } = selfSigned(passphrase)
  const files = { keyFile: join(folder, 'key.pem'), certFile: join(folder, 'cert.pem') }
  writeFileSync(files.keyFile, key)
  writeFileSync(files.certFile, cert)
  return passphrase === undefined ? files : { ...files, passphrase }
}
